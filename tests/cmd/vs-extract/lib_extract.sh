# Sourced by the tests of vs-extract: what all programs' tests share, and checks of its own.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_program.sh"
extract=$build/vs-extract

# status CODE COMMAND...: runs it, keeps stderr in ./stderr
status() {
  local want=$1 got=0
  shift
  "$@" 2>stderr || got=$?
  [[ $got == "$want" ]] || fail "exit code of '$*': wanted $want, got $got: $(cat stderr)"
}

files() { find "$1" -type f ! -name '*manifest*.json' | wc -l; }

# same_frames A B: the same files with the same bytes, manifests aside
same_frames() { diff -r -x '*manifest*.json' "$1" "$2" >differences || fail "$1 and $2 differ: $(head -3 differences)"; }

# picture_size FILE: as the program's own probe sees it
picture_size() {
  "$extract" --probe=header --json "$1" | sed -n 's/^ *"\(width\|height\)": \([0-9]*\),*$/\2/p' | paste -sdx
}
