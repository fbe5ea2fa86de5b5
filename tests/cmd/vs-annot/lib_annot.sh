# Sourced by the tests of vs-annot: paths, a scratch folder that is removed, and checks that say what differed.
set -euo pipefail
build=$(cd "$1" && pwd)
annot=$build/vs-annot
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

# status CODE COMMAND...: runs it, keeps stdout in ./out and stderr in ./stderr
status() {
  local want=$1 got=0
  shift
  "$@" >out 2>stderr || got=$?
  [[ $got == "$want" ]] || fail "exit code of '$*': wanted $want, got $got: $(cat stderr)"
}

# says TEXT: the last status's stderr has it; shows TEXT: its stdout
says() { grep -qF -- "$1" stderr || fail "stderr lacks '$1': $(cat stderr)"; }
shows() { grep -qF -- "$1" out || fail "stdout lacks '$1': $(cat out)"; }

# printed TEXT: the last status's stdout is just this
printed() { [[ $(cat out) == "$1" ]] || fail "stdout: wanted '$1', got '$(cat out)'"; }

# frames FOLDER FIRST LAST [TEMPLATE]: empty frame files
frames() {
  mkdir -p "$1"
  local i
  for ((i = $2; i <= $3; ++i)); do : >"$1/$(printf "${4:-img_%05d.jpg}" "$i")"; done
}
