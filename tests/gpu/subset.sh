#!/bin/sh
# tests/gpu/subset.sh BUILD: the device half alone builds and links, and needs nothing of FFmpeg, OpenCV, HDF5 and OpenSSL.
# Beside the whole build, so that ccache has its objects from there.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
subset=${1%/}-subset
command -v ccache >/dev/null || { echo "skipped: no ccache, it would be compiled anew"; exit 77; }
cmake -S "$root" -B "$subset" -G Ninja -DVS_MEDIA=OFF -DVS_CUDA=OFF >/dev/null
cmake --build "$subset" --target vs-gpu-emulated vs-step-bench vs-forward-bench >"$subset/log" || { tail -20 "$subset/log"; exit 1; }
for program in vs-gpu-emulated vs-step-bench vs-forward-bench; do
  linked=$(readelf -d "$subset/tests/$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  for library in av sw opencv hdf5 crypto jpeg spng; do
    if printf '%s\n' "$linked" | grep -q "^lib$library"; then
      echo "subset.sh: $program links lib$library" >&2
      exit 1
    fi
  done
done
"$subset/tests/vs-forward-bench" tsm_r18_1x1x8_50e_sthv1_rgb 1,8,3,32,32 float32 1 0 1 | grep -q median_s
echo ok
