#!/bin/bash
# --key-frames, --at-least-one, --no-rotate, --timeout, --verbose.
source "$(dirname "$0")/lib_extract.sh"

# Key frames: as many as the index says, and the pictures that decoding everything gives for them.
status 0 "$extract" -q -o all --short-side 64 "$videos/city_mpeg2.mkv"
status 0 "$extract" -q -o keys --short-side 64 --key-frames --number-by frame "$videos/city_mpeg2.mkv"
equal 9 "$(files keys)" "key frames of city_mpeg2.mkv"
for file in keys/city_mpeg2/*.jpg; do
  cmp "$file" "all/city_mpeg2/$(basename "$file")" || fail "key frame $file differs from that of the whole run"
done

# 0.2 s of video hold no slot of one frame a second: none, or with --at-least-one the middle frame.
ffmpeg -nostdin -v error -y -i "$videos/all_intra.mp4" -frames:v 5 -c copy short.mp4
status 1 "$extract" -q -o none --fps 1 short.mp4
says "short.mp4: no frame was chosen (see --at-least-one)"
equal 0 "$(files none)" "a video shorter than half a slot gives no frame"
status 1 "$extract" -q -o late --start 12.5 --failed late.txt short.mp4
says "short.mp4: no frame at or after 12.5 s; the video ends at 0.2"
equal short.mp4 "$(cat late.txt)" "a video that ends before --start"
status 1 "$extract" -q --dry-run -o late2 --start 12.5 short.mp4
says "no frame at or after 12.5 s"
status 0 "$extract" -q -o one --fps 1 --at-least-one --number-by frame short.mp4
equal 1 "$(files one)" "--at-least-one"
[[ -e one/short/img_00002.jpg ]] || fail "not the middle one of five frames: $(ls one/short)"

# A display matrix turns the picture; --no-rotate leaves it.
ffmpeg -nostdin -v error -y -i "$videos/low_fps_1.mp4" -c copy -metadata:s:v:0 rotate=90 turned.mp4
status 0 "$extract" -q -o - --format raw --num-frames 1 turned.mp4 >turned.rgb
status 0 "$extract" -q -o - --format raw --num-frames 1 --no-rotate turned.mp4 >stored.rgb
status 0 "$extract" -q -o - --format raw --num-frames 1 "$videos/low_fps_1.mp4" >plain.rgb
cmp stored.rgb plain.rgb || fail "--no-rotate changes pixels"
equal "$(wc -c <plain.rgb)" "$(wc -c <turned.rgb)" "turning keeps the number of pixels"
cmp -s turned.rgb plain.rgb && fail "the display matrix is not applied"

status 0 "$extract" -q -o timed --timeout 30 --num-frames 1 "$videos/low_fps_1.mp4"
status 2 "$extract" -q -o timed2 --timeout -1 --num-frames 1 "$videos/low_fps_1.mp4"
echo ok
