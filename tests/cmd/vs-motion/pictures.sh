#!/bin/bash
# Plot, contact sheet and flow images.
source "$(dirname "$0")/lib_motion.sh"

png_size() { od -An -tu1 -j16 -N8 "$1" | awk '{print $1 * 16777216 + $2 * 65536 + $3 * 256 + $4 "x" $5 * 16777216 + $6 * 65536 + $7 * 256 + $8}'; }

video=$videos/bbb_720p.mp4
status 0 "$motion" -q --method luma --plan 8 -o plan.json --plot plot.svg --sheet sheet.png "$video"
grep -q '<svg' plot.svg && grep -q '</svg>' plot.svg || fail "plot.svg is no picture"
grep -q 'luma change (levels)' plot.svg || fail "plot without the name of the measure"
grep -q 'chosen frames' plot.svg || fail "plot without chosen frames"
# 8 thumbnails of 213x120 and two blocks.
equal "1776x338" "$(png_size sheet.png)" "size of the sheet"
for name in plot.svg sheet.png plan.json; do
  grep -q "\"path\": \"$name\"" plan.json.manifest.json || fail "manifest without $name"
done
# The same pictures again, of a video named among several, without any other output.
status 0 "$motion" -q --method luma --plot plot2.svg --sheet sheet2.png --video bbb_720p "$videos/low_fps_1.mp4" "$video"
cmp plot.svg plot2.svg || fail "plots differ"
cmp sheet.png sheet2.png || fail "sheets differ"
status 2 "$motion" --plot p.svg --video bbb_720 "$video"
says "nearest is bbb_720p"
status 0 "$motion" -q --plot one.svg --sheet one.png "$videos/still.png"
status 0 "$motion" -q -o m.json --method luma "$video"
status 2 "$motion" -q --plan 8 -o - --sheet s.png m.json
says "needs the video"

status 0 "$motion" -q --method flow --flow-images flow "$videos/low_fps_1.mp4"
equal "flow_x_00000.jpg flow_x_00001.jpg flow_x_00002.jpg flow_x_00003.jpg" "$(cd flow/low_fps_1 && echo flow_x_*)" "x"
equal 4 "$(find flow/low_fps_1 -name 'flow_y_*' | wc -l)" "y"
status 0 "$motion" -q --method flow --flow-images narrow --flow-bound 1 "$videos/low_fps_1.mp4"
if cmp -s narrow/low_fps_1/flow_x_00000.jpg flow/low_fps_1/flow_x_00000.jpg; then fail "--flow-bound changes nothing"; fi
[[ -s flow/motion.h5 ]] || fail "motion of the flow"
equal "" "$(find flow -name '*.partial*')" "left behind"
status 2 "$motion" -q --method flow --flow-images flow "$videos/low_fps_1.mp4"
says "motion.h5: exists"
status 2 "$motion" -q --method flow --flow-images flow -o other.h5 "$videos/low_fps_1.mp4"
says "flow/low_fps_1: exists"
[[ ! -e other.h5 && -s flow/low_fps_1/flow_x_00003.jpg ]] || fail "a refused run has written"
status 0 "$motion" -q --method flow --flow-images flow --force "$videos/low_fps_1.mp4"
# Frames that are read are never replaced.
status 0 "$extract" -q -o rawframes "$videos/low_fps_1.mp4"
for force in '' --force; do
  status 2 "$motion" -q --method flow --flow-images rawframes $force rawframes
  says "rawframes/low_fps_1"
done
equal 5 "$(find rawframes/low_fps_1 -name 'img_*.jpg' | wc -l)" "frames that were read"
mkdir -p nested/a && cp "$videos/low_fps_1.mp4" nested/a.mp4 && cp "$videos/low_fps_1.mp4" nested/a/b.mp4
status 2 "$motion" -q --method flow --flow-images flows nested
says "a/b"
[[ ! -e flows ]] || fail "a refused run has made a folder"
status 2 "$motion" -q --method luma --flow-images flow "$videos/low_fps_1.mp4"
echo ok
