# Sourced by the lib_*.sh of each program's tests: paths, a scratch folder that is removed, checks that say what differed.
# shellcheck shell=bash
set -euo pipefail
build=$(cd "$1" && pwd)
videos=$(cd "$(dirname "${BASH_SOURCE[0]}")/../data/videos" && pwd)
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

# status CODE COMMAND...: runs it, keeps stdout in ./stdout and stderr in ./stderr
status() {
  local want=$1 got=0
  shift
  "$@" >stdout 2>stderr || got=$?
  [[ $got == "$want" ]] || fail "exit code of '$*': wanted $want, got $got: $(cat stderr)"
}

# says TEXT: the last status's stderr has it
says() { grep -qF -- "$1" stderr || fail "stderr lacks '$1': $(cat stderr)"; }

# A test for machines with a GPU, on one that is not there.
[[ -z ${sees_fake_gpu-} ]] || source "$(dirname "${BASH_SOURCE[0]}")/lib_fake_gpu.sh"
