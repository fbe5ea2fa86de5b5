#!/bin/sh
# tests/gpu/plugin.sh libvscuda.so: what was compiled and linked for GPUs without one.
set -eu
library=$1
fail() {
  echo "plugin.sh: $*" >&2
  exit 1
}
shown=$(nm -D --defined-only "$library" | sed 's/.* //')
[ "$shown" = vs_plugin_table ] || fail "it shows $(printf '%s' "$shown" | head -5 | tr '\n' ' ')"
readelf -d "$library" | grep -q 'NEEDED.*libtorch_cuda' || fail "it does not link LibTorch's CUDA half"
# Kernels carry the names of what they are for: A100, H100, and a form that drivers of later GPUs translate.
for target in sm_80 sm_90 compute_90; do
  grep -aq "$target" "$library" || fail "it has no kernels for $target"
done
echo ok
