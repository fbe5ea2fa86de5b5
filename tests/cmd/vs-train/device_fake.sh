#!/bin/bash
# device_gpu.sh on a GPU that is not there: tests/cmd/lib_fake_gpu.sh.
export sees_fake_gpu=yes
# The CPU rounds half precision more often than a GPU.
export half_apart=0.1
source "$(dirname "$0")/device_gpu.sh"

# Nothing there depends on the order of threads: steps that are recorded, and frames that stay on the device, change no
# bit of what comes out.
for other in launched decoded; do
  cmp recorded/last.safetensors $other/last.safetensors || fail "$other gives other weights"
done
for dtype in float32 float16; do
  cmp whole_$dtype/last.safetensors killed_$dtype/last.safetensors || fail "a killed run in $dtype gives other weights"
done
echo ok
