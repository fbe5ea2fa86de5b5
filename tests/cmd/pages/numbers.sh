#!/usr/bin/env bash
# Every option of every program that takes a number, a fraction, a size or a shard, given what is none: exit code 2 and
# one line that names the option. The options come from the programs' own usage as JSON.
source "$(dirname "$0")/../lib_program.sh"

# "SUBCOMMAND OPTION KIND MIN MIN_EXCLUDED MAX" a line; "-" where there is none
numeric_options() {
  "$1" --generate=json | awk '
    function value() { v = $0; sub(/^[^:]*: /, "", v); sub(/,$/, "", v); gsub(/"/, "", v); sub(/\.0$/, "", v); return v }
    /^  "subcommands": / { below = 1 }
    /^      "name": / && below { subcommand = value() }
    /"name": / { name = value() }
    /"kind": / { kind = value() }
    /"min": / { min = value() }
    /"min_excluded": / { excluded = value() }
    /"max": / && kind ~ /^(integer|real|fraction|size|shard)$/ {
      print (subcommand == "" ? "-" : subcommand), name, kind, min, excluded, value()
    }'
}

# beside NUMBER STEP: 1e6 too is a number to add to
beside() { awk -v n="$1" -v step="$2" 'BEGIN { printf "%.0f\n", n + step }'; }

# values KIND MIN EXCLUDED MAX: what the option must not take, one a line, the empty text first
values() {
  printf '%s\n' '' abc 1x nan inf -inf 1e400 ' 1' 0x10 99999999999999999999999 -99999999999999999999999
  case $1 in
    integer) printf '%s\n' 1.5 1e300 1/2 ;;
    real) printf '%s\n' 1e300 -1e300 1/2 1,5 ;;
    fraction) printf '%s\n' 1e300 1e9 1/0 0/0 1/ /1 1/2/3 -1/2 2147483648 ;;
    size) printf '%s\n' 0x0 -1x5 5x x5 5 1e3x5 99999999999x2 1x2x3 ;;
    shard) printf '%s\n' 1 3/2 2/2 -1/2 a/b 1/0 0/99999999999999999999 ;;
  esac
  [[ $2 == null || $1 == size ]] || if [[ $3 == true ]]; then echo "$2"; else beside "$2" -1; fi
  [[ $4 == null ]] || case $1 in
    size) echo "$(beside "$4" 1)x1" ;;
    *) beside "$4" 1 ;;
  esac
}

checked=0
declare -A seen=()
for program in $(sed -n 's/^vs_program(\([^ ]*\).*/\1/p' "$videos/../../../lib/rooms.cmake"); do
  numeric_options "$build/$program" >options
  [[ -s options ]] || fail "$program: no numeric option found"
  while read -r subcommand name kind min excluded max; do
    # An option that several programs or subcommands share is tried with the first.
    [[ ! ${seen[$name $kind $min $excluded $max]:-} ]] || continue
    seen[$name $kind $min $excluded $max]=1
    # A seed may be any number of 64 bits, and so may the number of a pass.
    if [[ $kind =~ ^(integer|real|fraction)$ && ! $name =~ ^(seed|epoch)$ ]]; then
      [[ $min != null && $max != null ]] || fail "$program --$name: no limits in the table ($min to $max)"
    fi
    words=("$build/$program")
    [[ $subcommand == - ]] || words+=("$subcommand")
    values "$kind" "$min" "$excluded" "$max" >values
    while IFS= read -r value; do
      got=0
      "${words[@]}" "--$name=$value" >out 2>stderr </dev/null || got=$?
      what="$program ${subcommand#-} --$name='$value'"
      equal 2 "$got" "exit code of $what ($(cat stderr))"
      equal 1 "$(wc -l <stderr)" "lines about $what ($(cat stderr))"
      [[ $(cat stderr) == "$program: error: --$name"[\ =]* ]] || fail "$what: $(cat stderr)"
      [[ $(cat stderr) != *internal* ]] || fail "$what: $(cat stderr)"
      [[ ! -s out ]] || fail "$what: writes to standard output"
      checked=$((checked + 1))
    done <values
  done <options
done
[[ $checked -gt 300 ]] || fail "only $checked values were tried"
echo "ok: $checked values"
