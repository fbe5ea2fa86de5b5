# Sourced by the tests of vs-motion: what all programs' tests share, and checks of its own.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_program.sh"
motion=$build/vs-motion
extract=$build/vs-extract

# motion_of PATH OPTIONS...: raw values of one video, one a line
motion_of() {
  "$motion" -q --json "$@" | sed 's/.*"motion": \[\(.*\)\].*/\1/' | tr -d ' ' | tr ',' '\n'
}
