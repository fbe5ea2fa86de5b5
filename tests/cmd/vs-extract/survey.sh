#!/bin/bash
# --probe, --dry-run, --index, help and version.
source "$(dirname "$0")/lib_extract.sh"

"$extract" --probe --json "$videos/bbb_720p.mp4" >probe.json
for line in '"codec": "h264"' '"width": 1280' '"promised_frames": 132' '"decodable_frames": 132' '"key_frames": [0]' '"rotate_clockwise": 0'; do
  grep -qF "$line" probe.json || fail "probe lacks $line: $(cat probe.json)"
done
status 1 "$extract" --probe "$videos" >table
equal 13 "$(wc -l <table)" "a line a video and the heading"
grep -q 'zero_length.mp4.*cannot_open' table || fail "a bad video has its line"
grep -q 'hevc .* 426x240 .* 132 ' table || fail "frames of a Matroska file without a count"
status 0 "$extract" --probe=decode --json "$videos/truncated_tail.mkv" >probe.json
grep -qF '"decodable_frames": 55' probe.json || fail "decodable frames of a truncated file"
grep -qF 'decodes_with_errors' probe.json || fail "state of a truncated file"

# The estimate is near what is then written.
"$extract" --dry-run --json -o out --short-side 128 "$videos/bbb_720p.mp4" "$videos/mpeg4_bframes.avi" >estimate
[[ ! -e out ]] || fail "a dry run writes nothing"
grep -q '"frames": 264' estimate || fail "frames of the estimate: $(cat estimate)"
"$extract" -q -o out --short-side 128 "$videos/bbb_720p.mp4" "$videos/mpeg4_bframes.avi"
written=$(find out -name '*.jpg' -printf '%s\n' | awk '{s += $1} END {print s}')
said=$(sed -n 's/.*"bytes": \([0-9]*\).*/\1/p' estimate)
awk -v a="$written" -v b="$said" 'BEGIN {exit !(b > 0.7 * a && b < 1.4 * a)}' || fail "estimate $said, written $written"
"$extract" -n --json -o x.h5 --format raw "$videos/low_fps_1.mp4" | grep -q "\"bytes\": $((5 * 320 * 180 * 3))" || fail "raw is exact"

# A stored index gives the same frames, and is made anew when the file changes.
cp "$videos/mpeg4_bframes.avi" a.avi
"$extract" -q -o plain --num-frames 5 a.avi
"$extract" -q -o first --num-frames 5 --index kept a.avi
[[ -s kept/a.index.json ]] || fail "no index was kept"
"$extract" -q -o second --num-frames 5 --index kept a.avi
same_frames plain first
same_frames plain second
cp "$videos/all_intra.mp4" a.avi
"$extract" -q -o third --every 10 --index kept a.avi
equal 5 "$(files third)" "frames by a fresh index"
echo broken >kept/a.index.json
"$extract" -q -f -o third --every 10 --index kept a.avi
equal 5 "$(files third)" "a broken index is not used"

"$extract" -h >help
"$extract" --help >long
grep -q -- '--num-frames' help || fail "short help"
grep -q -- '--layout' long || fail "long help"
"$extract" --version | grep -q FFmpeg || fail "version names its libraries"
"$extract" --generate=man >page
if command -v mandoc >/dev/null; then mandoc -T lint -W warning page >lint || fail "page: $(head -3 lint)"; fi
start=$(date +%s%N)
for i in 1 2 3 4 5 6 7 8 9 10; do "$extract" --version >/dev/null; done
each=$((($(date +%s%N) - start) / 10000000))
((each < 150)) || fail "--version takes $each ms"
echo ok
