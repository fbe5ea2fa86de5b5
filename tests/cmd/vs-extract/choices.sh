#!/bin/bash
# Which frames are chosen, told by the bytes of what is written.
source "$(dirname "$0")/lib_extract.sh"

"$extract" -q -o all --size 64x36 "$videos/bbb_720p.mp4" "$videos/low_fps_1.mp4" "$videos/mpeg4_bframes.avi" "$videos/hevc_bframes.mkv" \
  "$videos/h264.ts"

# chosen NAME FILE OPTIONS...: the indices of the frames written, found by comparing with those of a run over all frames
chosen() {
  local name=$1 file=$2
  shift 2
  rm -rf some
  "$extract" -q -o some --size 64x36 "$@" "$videos/$file"
  [[ -d some/$name ]] || fail "no folder some/$name"
  (cd "all/$name" && sha256sum -- *) | awk '{n = substr($2, 5, 5) + 0; if (!($1 in at)) at[$1] = n} END {for (h in at) print h, at[h]}' >index
  for picture in "some/$name"/*; do
    [[ -f $picture ]] || continue
    grep "^$(sha256sum <"$picture" | cut -d' ' -f1) " index | cut -d' ' -f2 || fail "$picture is no frame of $name"
  done | paste -sd' '
}

equal "3 9 15 21 28 34 40 46 53 59 65 71 78 84 90 96 103 109 115 121 128" "$(chosen bbb_720p bbb_720p.mp4 --fps 4)" "fps 4"
equal "0 0 0 0 1 1 1 1 2 2 2 2 3 3 3 3 4 4 4 4" "$(chosen low_fps_1 low_fps_1.mp4 --fps 4)" "fps above the video's"
equal "0 1 2 3 4" "$(chosen low_fps_1 low_fps_1.mp4 --fps 4 --number-by frame)" "repeats left out"
equal "0 1 1 2 2 3 3 4 4" "$(chosen low_fps_1 low_fps_1.mp4 --rate 2)" "rate 2"
equal "16 49 82 115" "$(chosen bbb_720p bbb_720p.mp4 --num-frames 4)" "middles of four parts"
equal "0 44 87 131" "$(chosen bbb_720p bbb_720p.mp4 --num-frames 4 --spread ends)" "ends"
equal "0 0 1 2 2 3 4 4" "$(chosen low_fps_1 low_fps_1.mp4 --num-frames 8)" "more frames than there are"
equal "0 50 100" "$(chosen bbb_720p bbb_720p.mp4 --every 50)" "every 50th"
equal "25 26 27 28 29" "$(chosen bbb_720p bbb_720p.mp4 --start 1 --end 1.2)" "a stretch"
equal "25 35 45" "$(chosen bbb_720p bbb_720p.mp4 --start 1 --end 2 --every 10)" "every 10th of a stretch"
equal "28 34 40 46" "$(chosen bbb_720p bbb_720p.mp4 --start 1 --end 2 --fps 4)" "fps inside a stretch"
equal "0" "$(chosen bbb_720p bbb_720p.mp4 --key-frames)" "key frames"
equal "0 12 24 36 48 60 72 84 96 108 120 131" "$(chosen mpeg4_bframes mpeg4_bframes.avi --key-frames)" "key frames of MPEG-4"

# Very short: a failed item by fps, the middle frame if one is wanted.
status 1 "$extract" -q -o short --fps 4 --end 0.08 "$videos/bbb_720p.mp4"
says "no frame was chosen (see --at-least-one)"
equal 0 "$(files short)" "no frame"
equal 0 "$(chosen bbb_720p bbb_720p.mp4 --fps 4 --end 0.08 --at-least-one)" "at least one"

# Sparse choices give the frames that decoding everything gives, for B-frames of three codecs.
for file in mpeg4_bframes.avi hevc_bframes.mkv h264.ts; do
  for want in "--num-frames 5" "--every 17" "--fps 3"; do
    chosen "${file%.*}" "$file" $want >/dev/null
  done
done

# A sampling plan.
cat >plan.json <<P
{
  "schema": "vs.plan/1",
  "rule": "test",
  "seed": null,
  "parameters": {},
  "videos": [
    {"id": "bbb_720p", "path": "$videos/bbb_720p.mp4", "total_frames": 132, "frame_index": [[5, 90, 17], [17, 130]]}
  ]
}
P
equal "5 17 90 130" "$(chosen bbb_720p bbb_720p.mp4 --at plan.json)" "frames of a plan"
equal "img_00005.jpg img_00017.jpg img_00090.jpg img_00130.jpg" "$(ls some/bbb_720p | paste -sd' ')" "numbered by their place"
status 1 "$extract" -o unplanned --at plan.json "$videos/low_fps_1.mp4"
says 'the plan has no video "low_fps_1"'

# Options that exclude each other.
status 2 "$extract" -o never --fps 4 --every 2 "$videos/low_fps_1.mp4"
status 2 "$extract" -o never --start 2 --end 1 "$videos/low_fps_1.mp4"
status 2 "$extract" -o never --fps 0 "$videos/low_fps_1.mp4"
[[ ! -e never ]] || fail "nothing is written on wrong usage"
echo ok
