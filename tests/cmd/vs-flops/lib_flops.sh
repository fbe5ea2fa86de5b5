# Sourced by the tests of vs-flops: what all programs' tests share, and checks of its own.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_program.sh"
flops=$build/vs-flops

# has TEXT: the last status's stdout has it
has() { grep -qF -- "$1" stdout || fail "stdout lacks '$1': $(head -40 stdout)"; }
lacks() { ! grep -qF -- "$1" stdout || fail "stdout has '$1'"; }

# total CONVENTION NUMBER: the last status's table has it
total() { grep -qE "^  $1 +$2" stdout || fail "no total of $2 in $1: $(tail -6 stdout)"; }
