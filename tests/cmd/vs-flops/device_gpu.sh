#!/bin/bash
# The time of a forward on a GPU, in every precision.
source "$(dirname "$0")/lib_flops.sh"
small='{"type": "Recognizer2D", "backbone": {"type": "ResNet", "depth": 18},
        "cls_head": {"type": "TSNHead", "num_classes": 10, "in_channels": 512}}'
run=("$flops" --model "$small" --shape "2,3,64,64" --depth 0 --latency --batch 3 --runs 3)
if ! "${run[@]}" --device cuda >stdout 2>stderr; then
  grep -qE "no GPU can be used|libvscuda.so" stderr || fail "$(cat stderr)"
  echo "skipped: $(cat stderr)"
  exit 77
fi
for dtype in float32 bfloat16 float16; do
  status 0 "${run[@]}" --device cuda --dtype $dtype
  grep -qE "^forward of 3 videos in $dtype on [a-z]+:0, " stdout || fail "$(cat stdout)"
  has "clips a second; peak memory"
  lacks "peak memory 0 "
done
status 0 "${run[@]}" --device auto --json
says "--device auto: computes on cuda:0, "
has '"median_s"'
status 2 "${run[@]}" --device cuda:99
says "--device cuda:99: there "
says "numbered from 0"
echo ok
