#!/bin/bash
# Folders of pictures: names, numbers, sizes, formats, layouts, names of videos.
source "$(dirname "$0")/lib_extract.sh"

"$extract" -q -o out --short-side 256 "$videos/bbb_720p.mp4" "$videos/low_fps_1.mp4"
equal 132 "$(files out/bbb_720p)" "frames of bbb_720p"
equal 5 "$(files out/low_fps_1)" "frames of low_fps_1"
[[ -f out/bbb_720p/img_00000.jpg && -f out/bbb_720p/img_00131.jpg ]] || fail "names from 0"
equal 456x256 "$(picture_size out/bbb_720p/img_00000.jpg)" "short side, even"
equal "img_00000.jpg img_00001.jpg img_00002.jpg img_00003.jpg img_00004.jpg" "$(ls -A out/low_fps_1 | paste -sd' ')" "nothing else in the folder"
equal "bbb_720p low_fps_1 manifest.json" "$(ls -A out | paste -sd' ')" "nothing else beside it"
grep -q '"done": 2' out/manifest.json || fail "counts in the manifest"

# The manifest's hash of a folder is what anyone can compute.
want=$(cd out/low_fps_1 && find . -type f | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1)
grep -q "$want" out/manifest.json || fail "hash of a folder"

# Sizes and their rules.
size_of() { "$extract" -q -f -o sized --num-frames 1 "$@" && picture_size sized/*/*; }
equal 1280x720 "$(size_of "$videos/bbb_720p.mp4")" "kept size"
equal 455x256 "$(size_of --short-side 256 --rounding cut "$videos/bbb_720p.mp4")" "cut"
equal 455x256 "$(size_of --short-side 256 --rounding near "$videos/bbb_720p.mp4")" "near"
rm -rf sized
equal 576x324 "$(size_of --height 324 "$videos/low_fps_1.mp4")" "height, made larger"
equal 320x180 "$(size_of --height 324 --only-smaller "$videos/low_fps_1.mp4")" "only smaller"
equal 64x48 "$(size_of --size 64x48 --interpolation area "$videos/low_fps_1.mp4")" "exact"
equal 64x48 "$(size_of --size 64x48 --format png "$videos/low_fps_1.mp4")" "png"
[[ -f sized/low_fps_1/img_00000.png ]] || fail "png files are named so"

# A change of size inside a stream: later frames come at the size of the first.
"$extract" -q -o changed "$videos/resolution_change.ts"
equal 50 "$(files changed)" "frames of both sizes"
equal "320x180 320x180" "$(picture_size changed/resolution_change/img_00000.jpg) $(picture_size changed/resolution_change/img_00049.jpg)" "one size"

# Templates and numbers.
"$extract" -q -o named --template 'f_%03d.jpg' --start-index 7 --every 2 "$videos/low_fps_1.mp4"
equal "f_007.jpg f_008.jpg f_009.jpg" "$(ls named/low_fps_1 | paste -sd' ')" "printf template"
"$extract" -q -f -o named --template '{:06d}.jpg' --start-index 1 --every 2 --number-by frame "$videos/low_fps_1.mp4"
equal "000001.jpg 000003.jpg 000005.jpg" "$(ls named/low_fps_1 | paste -sd' ')" "numbers of frames"
for bad in img.jpg '{:05}_{:05}.jpg' '%s.jpg' 'a/{}.jpg' '.{}.jpg' ''; do
  status 2 "$extract" -o never --template "$bad" "$videos/low_fps_1.mp4"
  [[ ! -e never ]] || fail "a bad template must write nothing"
done

# Layouts: names, first number and size of the published scripts.
layout() {
  rm -rf laid
  "$extract" -q -o laid --layout "$@" "$videos/low_fps_1.mp4"
  echo "$(ls laid/low_fps_1 | head -1) $(files laid) $(picture_size "laid/low_fps_1/$(ls laid/low_fps_1 | head -1)")"
}
equal "img_00000.jpg 5 178x100" "$(layout mmaction --short-side 100)" mmaction
equal "img_00000.jpg 5 320x180" "$(layout mmaction --short-side 256)" "mmaction only makes smaller"
equal "img_00001.jpg 5 455x256" "$(layout mmaction-opencv --short-side 256)" mmaction-opencv
equal "image_00001.jpg 5 640x360" "$(layout reskd)" reskd
equal "img_00001.jpg 5 588x331" "$(layout adafocus-kinetics)" adafocus-kinetics
equal "img_00001.jpg 5 640x360" "$(layout adafocus)" adafocus
equal "000001.jpg 5 320x180" "$(layout something-v2)" something-v2
equal "img_00001.jpg 150 320x180" "$(layout ava)" ava
equal "x_1.jpg 5 100x50" "$(layout reskd --template 'x_{}.jpg' --size 100x50)" "options go before the layout"

# Names of videos: below a searched folder the folders above count, for files the name alone.
mkdir -p tree/run tree/.hidden
cp "$videos/low_fps_1.mp4" tree/run/a.mp4
cp "$videos/low_fps_1.mp4" tree/b.with.dots.mp4
cp "$videos/low_fps_1.mp4" tree/.hidden/c.mp4
echo text >tree/notes.txt
"$extract" -q -o from_tree tree
equal "from_tree/b.with.dots from_tree/run/a" "$(find from_tree -name 'img_00000.jpg' -printf '%h\n' | sort | paste -sd' ')" "names below a folder"
"$extract" -q -o from_file tree/run/a.mp4 --levels 1
[[ -d from_file/run/a ]] || fail "levels"
printf '%s\r\n' tree/run/a.mp4 '' tree/b.with.dots.mp4 | "$extract" -q -o from_list --list -
equal "a b.with.dots manifest.json" "$(ls from_list | paste -sd' ')" "list on standard input"
cp tree/run/a.mp4 a.mp4
status 2 "$extract" -o twice tree/run/a.mp4 a.mp4
says 'same name "a"'
[[ ! -e twice ]] || fail "nothing is written on wrong usage"

# Annotation files name videos too.
printf 'run/a.mp4 0\nb.with.dots.mp4 1\n' >train.txt
"$extract" -q -o from_annotations --annotations train.txt --data-prefix tree
equal "a b.with.dots manifest.json" "$(ls from_annotations | paste -sd' ')" "annotation file"
echo ok
