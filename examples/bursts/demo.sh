#!/bin/sh
# demo.sh BUILD_DIR OUT_DIR
#
# A recognizer trained in about a minute: videos whose answer hides in a few of their frames, the same small network
# fed with frames at equal distances and with frames at equal shares of the motion, and what both reach.
# Prints every command before it runs. Safe to run again: OUT_DIR is made anew.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
PATH="$build:$build/examples/bursts:$PATH"
export PATH
threads=$(nproc 2>/dev/null || echo 2)
out=$2
rm -rf "$out"
mkdir -p "$out"
cp "$here/recipes/uniform.json" "$here/recipes/guided.json" "$out"
cd "$out"

run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

# Larger and lighter glyphs than by default: they are learned from fewer videos.
run vs-bursts --quiet --split train=1000,val=300 --glyph-size 24-28 --contrast 90 --distractors 3 -o bursts
run vs-motion --quiet -o motion.h5 bursts/videos
for frames in uniform guided; do
  set -- --recipe "./$frames.json" --data bursts/videos --threads "$threads"
  [ $frames = uniform ] || set -- "$@" --motion motion.h5
  run vs-train --quiet "$@" --annotations bursts/train.txt --val bursts/val.txt --set train.epochs=6 \
    --set train.validate_every=2 -o "$frames"
  cp "$frames/curves.svg" "curves-$frames.svg"
  run vs-eval --quiet "$@" --annotations bursts/val.txt --pipeline val --batch 16 --weights "$frames/last.safetensors" \
    --metrics top_k_accuracy --sheet "looked-at-$frames.png" -o "$frames.h5"
done
mv curves-guided.svg curves.svg
run vs-eval score --metrics top_k_accuracy --plot accuracy.svg uniform.h5 guided.h5

cat <<END

Results in $PWD:
  bursts/                 the videos, their lists and, in truth.json, where the answers are
  uniform/, guided/       checkpoints, logs and curves of both trainings
  curves.svg              loss and accuracy of the one by motion; curves-uniform.svg of the other
  looked-at-*.png         the frames that each network gets of the first video: the one by motion sees the glyph more often
  uniform.h5, guided.h5   scores, from which vs-eval score has every metric
END
