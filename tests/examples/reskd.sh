#!/usr/bin/env bash
# ResKD's data preparation: a broken video is left out, of the others there are PNG frames and a list with their numbers.
source "$(dirname "$0")/lib_example.sh"
cd "$work"
cp "$root/tests/data/videos/not_a_video.mp4" videos/broken.mp4
head -c 2000 videos/all_intra.mp4 >videos/cut.mp4
printf '%s\n' 'all_intra.mp4 0' 'broken.mp4 1' 'cut.mp4 1' 'low_fps_1.mp4 2' >list.txt
"$root/examples/pipelines/reskd.sh" list.txt videos out
frames_of() { find "out/frames/$1" -name 'img_*.png' | wc -l; }
printf '%s\n' "all_intra $(frames_of all_intra) 0" "low_fps_1 $(frames_of low_fps_1) 2" >expected
cmp out/list.txt expected || fail "the list is $(cat out/list.txt)"
[[ -s out/frames/all_intra/img_00001.png && ! -e out/frames/all_intra/img_00000.png ]] || fail "frames do not begin with 1"
# The height is 360, as published; bytes 21 to 24 of a PNG.
[[ $(od -An -j20 -N4 -t u1 out/frames/all_intra/img_00001.png | xargs) == "0 0 1 104" ]] || fail "not 360 pixels high"
echo ok
