# Sourced by the tests of vs-eval: what all programs' tests share, a small dataset, and checks of its own.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_program.sh"
eval=$build/vs-eval
annot=$build/vs-annot
formula=$build/tests/vs-formula-weights

cat >list.txt <<'EOF'
all_intra.mp4 0
low_fps_1.mp4 2
h264.ts 1
mpeg4_bframes.avi 1
EOF
data=(--annotations list.txt --data "$videos")
# A small network of images: TSN on ResNet-18, 72 pixels.
small=(--recipe tsn_r50_72p_1x1x16_50e_actnet_rgb --set model.backbone.depth=18 --set model.cls_head.in_channels=512
  --set model.cls_head.num_classes=3)

# has TEXT: the last status's stdout has it
has() { grep -qF -- "$1" stdout || fail "stdout lacks '$1': $(head -40 stdout)"; }
lacks() { ! grep -qF -- "$1" stdout || fail "stdout has '$1'"; }
# metric NAME: its value in the last status's table
metric() { awk -v name="$1" '$1 == name { print $2 }' stdout; }
