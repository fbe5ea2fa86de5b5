# Sourced by the tests of vs-eval: a small dataset, and checks of its own.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_dataset.sh"
eval=$build/vs-eval
annot=$build/vs-annot
formula=$build/tests/vs-formula-weights

# A small network of images: TSN on ResNet-18, 72 pixels.
small=(--recipe tsn_r50_72p_1x1x16_50e_actnet_rgb --set model.backbone.depth=18 --set model.cls_head.in_channels=512
  --set model.cls_head.num_classes=3)

lacks() { ! grep -qF -- "$1" stdout || fail "stdout has '$1'"; }
# metric NAME: its value in the last status's table
metric() { awk -v name="$1" '$1 == name { print $2 }' stdout; }
