#!/bin/bash
# Pixels and numbers of frames are those that FFmpeg's program gives: colour matrix and range, rotation, sizes, rate.
source "$(dirname "$0")/lib_extract.sh"

# same NAME VIDEO FILTER OPTION...: raw frames of vs-extract with the options against the filter's.
same() {
  local name=$1 video=$2 filter=$3
  shift 3
  status 0 "$extract" -q -o - --format raw "$@" "$video" >ours.rgb
  ffmpeg -nostdin -v error -i "$video" -vf "$filter,format=rgb24" -fps_mode passthrough -f rawvideo -y theirs.rgb
  [[ -s ours.rgb ]] || fail "$name: no frames"
  cmp ours.rgb theirs.rgb || fail "$name: not the pixels of ffmpeg -vf $filter"
}

bars() {  # MATRIX RANGE PIXELS NAME-OF-MATRIX-IN-THE-STREAM
  ffmpeg -nostdin -v error -y -f lavfi -i smptebars=s=96x64:r=10:d=0.3 \
    -vf "scale=out_color_matrix=$1:out_range=$2,format=$3" -c:v ffv1 -colorspace "$4" -color_range "$2" "$1_$2_$3.mkv"
}
bars bt601 tv yuv420p smpte170m
bars bt709 tv yuv420p bt709
bars bt709 pc yuv420p bt709
bars bt709 tv yuv420p10le bt709
bars bt2020 tv yuv420p10le bt2020nc
bars bt2020 pc yuv420p10le bt2020nc
for clip in bt*.mkv; do
  same "$clip" "$clip" null
  # The names in the stream, spelt out: what ffmpeg makes of them by itself is not taken on trust.
  IFS=_ read -r matrix range _ <<<"$clip"
  same "$clip, half size" "$clip" \
    "scale=48:32:in_color_matrix=$matrix:in_range=$range:flags=bilinear+accurate_rnd+full_chroma_int" --size 48x32
done

for degrees in 0 90 180 270; do
  ffmpeg -nostdin -v error -y -i "$videos/low_fps_1.mp4" -c copy -metadata:s:v:0 rotate=$degrees turned.mp4
  same "turned by $degrees" turned.mp4 null
done

for name in bilinear bicubic area lanczos; do
  same "$name" "$videos/low_fps_1.mp4" "scale=100:120:flags=$name+accurate_rnd+full_chroma_int" \
    --size 100x120 --interpolation $name
done
same nearest "$videos/low_fps_1.mp4" "scale=100:120:flags=neighbor+accurate_rnd+full_chroma_int" --size 100x120 \
  --interpolation nearest

# FFmpeg begins its filters anew where the frame size changes.
for rate in 4 12.5 25 30 60; do
  status 0 "$extract" -q -o rate$rate --fps $rate "$videos/resolution_change.ts"
  expected=$(ffmpeg -nostdin -v error -i "$videos/resolution_change.ts" -vf fps=$rate -fps_mode passthrough \
    -f framecrc - | grep -vc '^#')
  equal "$expected" "$(files rate$rate)" "frames at $rate a second over a change of size"
done
echo ok
