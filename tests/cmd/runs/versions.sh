#!/usr/bin/env bash
# --version names the libraries that a program is linked with, and their versions.
set -euo pipefail
build=$(cd "$1" && pwd)
command -v readelf >/dev/null || { echo "skipped: no readelf here"; exit 77; }
declare -A names=([libavcodec]=FFmpeg [libhdf5]=HDF5 [libopencv_core]=OpenCV [libspng]=PNG [libjpeg]=JPEG [libturbojpeg]=JPEG
  [libtorch_cpu]=LibTorch)
checked=0
for program in "$build"/vs-*; do
  [[ -f $program && -x $program ]] || continue
  linked=$(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  said=$("$program" --version)
  for library in "${!names[@]}"; do
    grep -q "^$library" <<<"$linked" || continue
    grep -Eq "^${names[$library]} .*[0-9]" <<<"$said" || {
      echo "FAIL: $(basename "$program") runs on $library, but --version does not name ${names[$library]}: $said" >&2
      exit 1
    }
    checked=$((checked + 1))
  done
done
((checked >= 4)) || { echo "FAIL: only $checked libraries found" >&2; exit 1; }
