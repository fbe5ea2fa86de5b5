# Sourced by the tests of programs that run networks: what all programs' tests share, and four videos with labels.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/lib_program.sh"

cat >list.txt <<'LIST'
all_intra.mp4 0
low_fps_1.mp4 2
h264.ts 1
mpeg4_bframes.avi 1
LIST
data=(--annotations list.txt --data "$videos")

# has TEXT: the last status's stdout has it
has() { grep -qF -- "$1" stdout || fail "stdout lacks '$1': $(head -40 stdout)"; }
