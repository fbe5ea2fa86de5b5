#!/bin/sh
# parallel.sh LIST OUT.h5 [PARTS [OPTION...]]
#
# One extraction as PARTS independent processes (GNU parallel where it is, else xargs): each takes its part of the list
# by --shard, so that no process waits for another, and a second start goes on where the first one stopped. A finished
# part is left alone. OPTIONs go to vs-extract; without any, 8 frames of each video with a short side of 128 pixels.
set -eu
list=$1
out=$2
parts=${3:-4}
if [ $# -gt 3 ]; then
  shift 3
else
  set -- --num-frames 8 --short-side 128
fi
mkdir -p "$(dirname "$out")"

i=0
while [ "$i" -lt "$parts" ]; do
  [ -e "${out%.h5}-$(printf '%05d-of-%05d' "$i" "$parts").h5" ] || echo "$i/$parts"
  i=$((i + 1))
done >"$out.parts"
if command -v parallel >/dev/null 2>&1; then
  parallel --will-cite -q -j "$parts" vs-extract --quiet --list "$list" --jobs 1 -o "$out" "$@" --shard {} <"$out.parts"
else
  xargs -P "$parts" -I{} vs-extract --quiet --list "$list" --jobs 1 -o "$out" "$@" --shard {} <"$out.parts"
fi
rm "$out.parts"
