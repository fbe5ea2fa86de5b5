#!/bin/bash
# The measures: a video, its frames as PNG folder and its raw pack give the same values; counts; methods that look at
# the stream only.
source "$(dirname "$0")/lib_motion.sh"

video=$videos/low_fps_1.mp4
status 0 "$extract" -q -o frames --format png "$video"
status 0 "$extract" -q -o pack.h5 --format raw "$video"
for method in ssim mad flow; do
  motion_of --method $method "$video" >video.txt
  motion_of --method $method frames/low_fps_1 >folder.txt
  motion_of --method $method pack.h5 >pack.txt
  equal 4 "$(wc -l <video.txt)" "values of $method"
  cmp video.txt folder.txt || fail "$method: PNG folder and video differ"
  cmp video.txt pack.txt || fail "$method: pack and video differ"
done
motion_of --method luma "$video" >luma.txt
equal 4 "$(wc -l <luma.txt)" "values of luma"
# Limited-range video: gray is luma stretched by 255/219.
motion_of --method mad "$video" | paste - luma.txt | awk '{r = $1 / $2; if (r < 1.1 || r > 1.23) exit 1}' ||
  fail "mad and luma do not go together"

for source in packets vectors; do
  motion_of --method codec --codec-source $source "$videos/bbb_720p.mp4" >codec.txt
  equal 131 "$(wc -l <codec.txt)" "values of codec, $source"
  equal 0 "$(awk '$1 < 0' codec.txt | wc -l)" "negative values of codec, $source"
done
for algorithm in dis farneback; do
  equal 4 "$(motion_of --method flow --flow-algorithm $algorithm "$video" | wc -l)" "values of flow, $algorithm"
done

# One frame: no values, no failure. Three frames that are equal: zeros.
equal "" "$(motion_of "$videos/still.png")" "one picture"
mkdir same
for i in 1 2 3; do cp "$videos/still.png" same/img_0000$i.png; done
equal "0.0 0.0" "$(motion_of same | paste -sd' ')" "equal pictures"

# A folder is named by what it is called, also from inside.
equal "same" "$(cd same && "$motion" -q --json . | sed 's/.*"video_id": "\([^"]*\)".*/\1/')" "name of the folder"

# A table for people, a curve, the frames that the file names.
status 0 "$motion" --method luma "$videos"/{low_fps_1.mp4,all_intra.mp4}
equal 3 "$(wc -l <stdout)" "rows of the table"
grep -q '^low_fps_1  *5 ' stdout || fail "row of a video: $(cat stdout)"
status 0 "$motion" -q --method mad --values curve -o curve.json "$video"
awk -F'[][,]' '{for (i = 3; i < NF; i++) if ($i + 0 < $(i - 1) + 0) exit 1; if ($(NF - 1) < 0.999999) exit 1}' curve.json ||
  fail "not a curve: $(cat curve.json)"
echo ok
