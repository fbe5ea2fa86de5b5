#!/bin/sh
# parallel.sh VIDEO_FOLDER OUT_FOLDER [PARTS]
#
# The same extraction as PARTS independent processes (GNU parallel where it is, else xargs): each takes its part of the
# list by --shard, so that no process waits for another, and a second start goes on where the first one stopped.
set -eu
videos=$1
out=$2
parts=${3:-4}
mkdir -p "$out"
find "$videos" -type f \( -name '*.mp4' -o -name '*.mkv' -o -name '*.avi' -o -name '*.webm' \) | sort > "$out/list.txt"

part() { echo "vs-extract --quiet --list '$out/list.txt' --shard $1/$parts --num-frames 8 --short-side 128 --jobs 1 -o '$out/frames.h5'"; }
commands=$(i=0; while [ "$i" -lt "$parts" ]; do part "$i"; i=$((i + 1)); done)
if command -v parallel >/dev/null 2>&1; then
  printf '%s\n' "$commands" | parallel --will-cite -j "$parts"
else
  printf '%s\n' "$commands" | xargs -P "$parts" -I{} sh -c '{}'
fi
