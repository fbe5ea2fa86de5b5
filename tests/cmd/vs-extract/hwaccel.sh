#!/bin/bash
# --hwaccel: what it refuses, and that `auto` gives the frames of the CPU. What a GPU decodes: hwaccel_gpu.sh.
source "$(dirname "$0")/lib_extract.sh"
video=$videos/low_fps_1.mp4

# refused TEXT NAME: wrong usage in one line, nothing written
refused() {
  local text=$1
  shift
  status 2 "$extract" -o never --hwaccel "$@" "$video"
  says "vs-extract: error: --hwaccel$text"
  equal 1 "$(wc -l <stderr)" "lines on stderr"
  [[ ! -e never ]] || fail "something was written"
}
refused " cudda: is no hardware that this FFmpeg decodes with (it knows " cudda
refused " opencl: is no hardware that this FFmpeg decodes with" opencl
refused ': "cuda:" names no device after the colon' cuda:
refused " cuda:99: does not open: " cuda:99
says "(leave the option out to decode on the CPU)"
refused " vaapi:/dev/dri/none: does not open: " vaapi:/dev/dri/none

"$extract" -q -o plain.h5 --num-frames 3 "$video"
"$extract" -q -o none.h5 --num-frames 3 --hwaccel none "$video"
cmp plain.h5 none.h5 || fail "none is the default"
grep -q '"hwaccel": "none"' plain.h5.manifest.json || fail "the manifest says what decoded"

"$extract" -q -o plain "$video"
status 0 "$extract" -o auto --hwaccel auto "$video"
says "vs-extract: --hwaccel auto: "
same_frames plain auto
if grep -q "auto: the CPU decodes, cuda does not open: " stderr; then
  status 0 "$extract" -o auto.h5 --num-frames 3 --hwaccel auto "$video"
  cmp plain.h5 auto.h5 || fail "auto on the CPU is the default, byte for byte"
  grep -q '"hwaccel": "none"' auto.h5.manifest.json || fail "the manifest says what decoded"
fi
echo ok
