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
# VS_SAVE=1 writes the pages anew instead of comparing them.
for program in vs-extract vs-motion vs-annot vs-flops vs-eval vs-train; do
  "$build/$program" --generate=man > "$work/$program.1"
  [[ ${VS_SAVE:-} ]] && cp "$work/$program.1" "$root/man/$program.1"
  cmp "$work/$program.1" "$root/man/$program.1" || bad "man/$program.1 is not what the option table gives (VS_SAVE=1 $0 $1)"
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
  for option in $options; do
    case $option in help | version | generate | usage | verbose | color) continue ;; esac
    grep -rqE -e "--$option([ =\"']|\$)" "$root"/tests/cmd "$root"/tests/examples "$root"/examples "$root"/README.md \
      || bad "$program --$option: no test uses it"
  done
done
exit $status
