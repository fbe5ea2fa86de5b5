#!/bin/bash
# --hwaccel: what it refuses, and that `auto` measures what the CPU measures.
source "$(dirname "$0")/lib_motion.sh"
video=$videos/low_fps_1.mp4

# refused TEXT OPTIONS...: wrong usage in one line, nothing written
refused() {
  local text=$1
  shift
  status 2 "$motion" -o never.h5 "$@"
  says "vs-motion: error: --hwaccel$text"
  equal 1 "$(wc -l <stderr)" "lines on stderr"
  [[ ! -e never.h5 ]] || fail "something was written"
}
refused " gpu: is no hardware that this FFmpeg decodes with (it knows " --hwaccel gpu "$video"
refused " cuda:99: does not open: " --hwaccel cuda:99 "$video"
refused ": only together with --method ssim, mad, luma, flow or pa" --hwaccel auto --method codec "$video"

status 0 "$motion" -q --method luma -o plain.h5 "$video"
refused ": only together with videos as input" --hwaccel auto plain.h5
status 0 "$motion" -q --method luma -o none.h5 --hwaccel none "$video"
cmp plain.h5 none.h5 || fail "none is the default"
status 0 "$motion" -o - --method luma "$video"
mv stdout lines
status 0 "$motion" -o - --method luma --hwaccel auto "$video"
says "vs-motion: --hwaccel auto: "
cmp lines stdout || fail "auto measures something else"
if grep -q "auto: the CPU decodes, cuda does not open: " stderr; then
  status 0 "$motion" -q --method luma -o auto.h5 --hwaccel auto "$video"
  cmp plain.h5 auto.h5 || fail "auto on the CPU is the default, byte for byte"
fi
echo ok
