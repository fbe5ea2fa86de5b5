#!/usr/bin/env bash
# Pages and completions of every program: man pages lint and are those saved under man/, completions parse,
# and every option is used by some test, example or the README.
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
bad() {
  echo "FAIL: $*" >&2
  status=1
}
# VS_SAVE=1 writes the pages anew instead of comparing them. The first line is the day on which that was done.
for program in $(sed -n 's/^vs_program(\([^ ]*\).*/\1/p' "$root/lib/rooms.cmake"); do
  "$build/$program" --generate=man > "$work/$program.1"
  [[ ${VS_SAVE:-} ]] && cp "$work/$program.1" "$root/man/$program.1"
  cmp <(tail -n +2 "$work/$program.1") <(tail -n +2 "$root/man/$program.1") ||
    bad "man/$program.1 is not what the option table gives (VS_SAVE=1 $0 $1)"
  if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$work/$program.1" || bad "$program.1 does not lint"
  fi
  for shell in bash zsh fish; do
    "$build/$program" --generate=$shell > "$work/$program.$shell"
    command -v $shell >/dev/null || continue
    case $shell in
      fish) fish --no-execute "$work/$program.fish" || bad "$program: fish completion does not parse" ;;
      *) $shell -n "$work/$program.$shell" || bad "$program: $shell completion does not parse" ;;
    esac
  done
  "$build/$program" --help | awk -v p="$program" 'length($0) > 80 { print p ": line over 80 columns: " $0; bad = 1 } END { exit bad }' || bad "--help is too wide"
  "$build/$program" --version | grep -q "^$program [0-9]" || bad "$program --version"
  # An option's "letter" stands behind its "name"; subcommands and examples have names of other things.
  options=$("$build/$program" --generate=json | awk -F'"' '/"letter":/ { print name } /"name":/ { name = $4 }' | sort -u)
  echo "$options" >> "$work/known"
  for option in $options; do
    case $option in help | version | generate | usage | verbose | color) continue ;; esac
    grep -rqE -e "--$option([ =\"']|\$)" "$root"/tests/cmd "$root"/tests/examples "$root"/examples "$root"/README.md \
      || bad "$program --$option: no test uses it"
  done
done
# named_options PAGE: options of programs of vs that it names as .Fl, or in lists. What stands behind ".It Li" is another
# program's.
named_options() {
  sed 's/\\-/-/g; s/\\&//g' "$1" | awk '
    /^\.Bl/ { lists++ } /^\.El/ { lists-- } /^\.Bd/ { display = 1 } /^\.Ed/ { display = 0 }
    /^\.\\"/ || /^\.It Li/ { next }
    { for (i = 1; i < NF; i++) if ($i == "Fl" && $(i + 1) ~ /^-[a-z]/) print substr($(i + 1), 2) }
    lists && !display {
      for (text = $0; match(text, /--[a-z][a-z-]*/); text = substr(text, RSTART + RLENGTH)) print substr(text, RSTART + 2, RLENGTH - 2)
    }' | sort -u
}

# The pages that are written by hand, and whether every page that any of them points to is there.
for page in "$root"/man/*.[57]; do
  if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$page" || bad "$page does not lint"
  fi
  awk 'length($0) > 80 { print FILENAME ":" FNR ": line over 80 columns"; bad = 1 } END { exit bad }' "$page" || bad "$page is too wide"
  for option in $(named_options "$page"); do
    [[ $option == no-python ]] || grep -qx -e "$option" "$work/known" || bad "$page: no program has --$option"
  done
done
for named in $(sed -n 's/^\.Xr \([^ ]*\) \([157]\).*/\1.\2/p' "$root"/man/*.[157] | sort -u); do
  [[ -s $root/man/$named ]] || bad "no page man/$named"
done
exit $status
