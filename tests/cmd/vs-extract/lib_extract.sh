# Sourced by the tests of vs-extract: paths, a scratch folder that is removed, and checks that say what differed.
set -euo pipefail
build=$(cd "$1" && pwd)
extract=$build/vs-extract
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
videos=$here/../../data/videos
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
unset "${!VS_@}"

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# equal WANT GOT WHAT
equal() { [[ $1 == "$2" ]] || fail "$3: wanted '$1', got '$2'"; }

# status CODE COMMAND...: runs it, keeps stderr in ./stderr
status() {
  local want=$1 got=0
  shift
  "$@" 2>stderr || got=$?
  [[ $got == "$want" ]] || fail "exit code of '$*': wanted $want, got $got: $(cat stderr)"
}

# says TEXT: the last status's stderr has it
says() { grep -qF -- "$1" stderr || fail "stderr lacks '$1': $(cat stderr)"; }

files() { find "$1" -type f ! -name '*manifest*.json' | wc -l; }

# same_frames A B: the same files with the same bytes, manifests aside
same_frames() { diff -r -x '*manifest*.json' "$1" "$2" >differences || fail "$1 and $2 differ: $(head -3 differences)"; }

# picture_size FILE: as the program's own probe sees it
picture_size() {
  "$extract" --probe=header --json "$1" | sed -n 's/^ *"\(width\|height\)": \([0-9]*\),*$/\2/p' | paste -sdx
}
