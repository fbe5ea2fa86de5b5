#!/bin/bash
# Pixels on standard output.
source "$(dirname "$0")/lib_extract.sh"

equal $((132 * 1280 * 720 * 3)) "$("$extract" -q -o - "$videos/bbb_720p.mp4" | wc -c)" "bytes of RGB"
equal $((5 * 320 * 180)) "$("$extract" -q -o - --format raw-luma "$videos/low_fps_1.mp4" | wc -c)" "bytes of luma"
equal $((2 * 16 * 9)) "$("$extract" -q -o - --format raw-gray --size 16x9 --num-frames 2 "$videos/low_fps_1.mp4" | wc -c)" "bytes of gray"
equal $((10 * 16 * 9)) "$("$extract" -q -o - --format raw-gray --size 16x9 "$videos/low_fps_1.mp4" --jobs 4 "$videos/bbb_720p.mp4" --num-frames 5 | wc -c)" \
  "two videos, one after the other"

if command -v ffmpeg >/dev/null; then
  for file in bbb_720p.mp4 hevc_bframes.mkv city_mpeg2.mkv; do
    want=$(ffmpeg -v error -i "$videos/$file" -fps_mode passthrough -f rawvideo -pix_fmt rgb24 - | sha256sum)
    equal "$want" "$("$extract" -q -o - "$videos/$file" | sha256sum)" "$file equals ffmpeg's RGB"
  done
  want=$(ffmpeg -v error -i "$videos/h264.ts" -fps_mode passthrough -vf extractplanes=y -f rawvideo - | sha256sum)
  equal "$want" "$("$extract" -q -o - --format raw-luma "$videos/h264.ts" | sha256sum)" "luma equals ffmpeg's"
fi

# The reader goes away: no word, exit code 0.
set +o pipefail
"$extract" -o - "$videos/bbb_720p.mp4" 2>stderr | head -c 1000 >/dev/null
equal 0 "${PIPESTATUS[0]}" "reader gone"
[[ ! -s stderr ]] || fail "reader gone: $(cat stderr)"
set -o pipefail

status 2 "$extract" -o - --format jpeg "$videos/low_fps_1.mp4"
if [[ -w /dev/full ]]; then
  got=0
  "$extract" -q -o - "$videos/low_fps_1.mp4" >/dev/full 2>stderr || got=$?
  equal 2 "$got" "full disk under standard output"
  equal 1 "$(wc -l <stderr)" "one message"
fi
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
  script -qec "'$extract' -o - '$videos/low_fps_1.mp4'" /dev/null </dev/null >typed || true
  grep -q "not for a terminal" typed || fail "pixels are refused to a terminal"
fi
echo ok
