#!/usr/bin/env bash
# demo.sh BUILD_DIR OUT_DIR
#
# The main job on bundled videos: frames, motion, a motion-guided choice of frames, an annotation file, pictures to look at.
# Prints every command before it runs. Safe to run again: OUT_DIR is made anew.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
PATH="$(cd "$1" && pwd):$PATH"
export PATH
out=$2
rm -rf "$out"
mkdir -p "$out/videos/film" "$out/videos/synthetic"
cd "$out"

run() {
  printf '\n\033[1m$ %s\033[0m\n' "$*"
  "$@"
}
[[ -t 1 ]] || run() { printf '\n$ %s\n' "$*"; "$@"; }

echo "Videos: a film clip, a street, and two made by FFmpeg's own sources (one stands still but for two seconds)."
cp "$root/tests/data/videos/bbb_720p.mp4" "$root/tests/data/videos/city_mpeg2.mkv" videos/film/
quiet=(ffmpeg -nostdin -v error -y -threads 1 -f lavfi)
"${quiet[@]}" -i 'testsrc2=size=320x180:rate=25:duration=4' -c:v libx264 -pix_fmt yuv420p videos/synthetic/testsrc2.mp4
burst='smptebars=size=320x180:rate=25:duration=2[a];mandelbrot=size=320x180:rate=25,trim=duration=2,setpts=PTS-STARTPTS[b]'
burst+=';smptebars=size=320x180:rate=25:duration=2[c];[a][b][c]concat=n=3'
"${quiet[@]}" -i "$burst" -c:v libx264 -pix_fmt yuv420p videos/synthetic/burst.mp4

run vs-extract --probe videos
run vs-extract --fps 4 --short-side 256 -o frames videos
run vs-motion -o motion.h5 videos
run vs-motion --plan 8 -o plan.json motion.h5
run vs-extract --at plan.json --short-side 256 -o chosen videos
for video in film/bbb_720p film/city_mpeg2 synthetic/testsrc2 synthetic/burst; do
  file=$(ls videos/$video.*)
  name=$(basename "$video")
  run vs-motion --quiet --plan 8 --plot "curve-$name.svg" --sheet "sheet-$name.png" -o "plan-$name.json" "$file"
done
run vs-annot convert --from-folder videos --labels-from-folders --to videos -o videos.txt
run vs-annot stats --plot classes.svg videos.txt
run vs-annot check videos.txt
run vs-annot trace plan.json

if command -v rsvg-convert >/dev/null; then
  for file in *.svg; do rsvg-convert "$file" -o "${file%.svg}.png"; done
fi
cat <<END

Results in $PWD:
  frames/            four frames a second of every video, JPEG, a folder a video
  motion.h5          motion of every frame (1 - SSIM) of every video
  plan.json          the eight frames of each video that share its motion equally
  chosen/            those frames as pictures
  curve-*.svg, .png  the motion curve, its equal steps and the chosen frames: look at curve-burst.png first
  sheet-*.png        chosen frames above uniformly spaced ones
  videos.txt         an annotation file of the folder, with classes from the folder names
END
