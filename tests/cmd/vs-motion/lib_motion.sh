# Sourced by the tests of vs-motion: what all programs' tests share, and checks of its own.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_program.sh"
motion=$build/vs-motion
extract=$build/vs-extract

# status CODE COMMAND...: runs it, keeps stdout in ./stdout and stderr in ./stderr
status() {
  local want=$1 got=0
  shift
  "$@" >stdout 2>stderr || got=$?
  [[ $got == "$want" ]] || fail "exit code of '$*': wanted $want, got $got: $(cat stderr)"
}

# motion_of PATH OPTIONS...: raw values of one video, one a line
motion_of() {
  "$motion" -q --json "$@" | sed 's/.*"motion": \[\(.*\)\].*/\1/' | tr -d ' ' | tr ',' '\n'
}
