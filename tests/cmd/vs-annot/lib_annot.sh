# Sourced by the tests of vs-annot: what all programs' tests share, and checks of its own.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_program.sh"
annot=$build/vs-annot

# status CODE COMMAND...: runs it, keeps stdout in ./out and stderr in ./stderr
status() {
  local want=$1 got=0
  shift
  "$@" >out 2>stderr || got=$?
  [[ $got == "$want" ]] || fail "exit code of '$*': wanted $want, got $got: $(cat stderr)"
}

# shows TEXT: the last status's stdout has it
shows() { grep -qF -- "$1" out || fail "stdout lacks '$1': $(cat out)"; }

# printed TEXT: the last status's stdout is just this
printed() { [[ $(cat out) == "$1" ]] || fail "stdout: wanted '$1', got '$(cat out)'"; }

# frames FOLDER FIRST LAST [TEMPLATE]: empty frame files
frames() {
  mkdir -p "$1"
  local i
  for ((i = $2; i <= $3; ++i)); do : >"$1/$(printf "${4:-img_%05d.jpg}" "$i")"; done
}
