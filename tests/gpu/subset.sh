#!/bin/sh
# tests/gpu/subset.sh BUILD: the device half alone builds and links, needs nothing of FFmpeg, OpenCV, HDF5 and OpenSSL, and
# checks packed goldens. Beside the whole build, so that ccache has its objects from there.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
subset=${1%/}-subset
programs="vs-gpu-emulated vs-golden vs-step-bench vs-forward-bench"
command -v ccache >/dev/null || { echo "skipped: no ccache, it would be compiled anew"; exit 77; }
cmake -S "$root" -B "$subset" -G Ninja -DVS_MEDIA=OFF -DVS_CUDA=OFF >/dev/null
# shellcheck disable=SC2086
cmake --build "$subset" --target $programs >"$subset/log" || { tail -20 "$subset/log"; exit 1; }
for program in $programs; do
  linked=$(readelf -d "$subset/tests/$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  for library in av sw opencv hdf5 crypto jpeg spng; do
    if printf '%s\n' "$linked" | grep -q "^lib$library"; then
      echo "subset.sh: $program links lib$library" >&2
      exit 1
    fi
  done
done
"$subset/tests/vs-forward-bench" tsm_r18_1x1x8_50e_sthv1_rgb 1,8,3,32,32 float32 1 0 1 | grep -q median_s

# A case that only the whole build can read, packed by it.
case=$root/tests/golden/cases/adafocus/patch_crop_clip.h5
"${1%/}/tests/vs-golden" --pack "$subset/packed" "$case" >/dev/null
"$subset/tests/vs-golden" "$subset/packed/adafocus/patch_crop_clip.safetensors" | grep -q ' pass$'
"$subset/tests/vs-golden" "$case" | grep -q "this build reads no HDF5"
echo ok
