# Sourced by the tests of man pages: what pages show, and files of the names that they use.
# shellcheck shell=bash
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
export PATH="$build:$PATH"
unset "${!VS_@}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# What a reader sees of mdoc text.
unescape() { sed -e 's/\\e/\\/g' -e 's/\\&//g' -e 's/\\-/-/g'; }

# commands PAGE: those below EXAMPLES of a generated page, one a line.
commands() { sed -n '/^\.Sh EXAMPLES/,$p' "$1" | sed -n 's/^\.Dl //p' | unescape; }

# marks PAGE: the marks of its literal blocks, one a line: "run" (commands for sh), "python", "file: NAME".
marks() { sed -n -E 's/^\.\\" (run|python|file: .*)$/\1/p' "$1"; }

# block PAGE N: the text of the N-th marked block.
block() {
  awk -v wanted="$2" '
    /^\.\\" (run|python$|file: )/ { seen++; next }
    /^\.Bd/ && seen == wanted && !done { on = 1; next }
    /^\.Ed/ && on { on = 0; done = 1 }
    on' "$1" | unescape
}

# Videos of a few pictures, a folder a class, and what no program can read.
stage_videos() {
  local data=$root/tests/data/videos
  mkdir -p videos/left videos/right
  cp "$data/all_intra.mp4" videos/left/a.mp4
  cp "$data/low_fps_1.mp4" videos/left/b.mp4
  cp "$data/hevc_bframes.mkv" videos/right/c.mkv
  cp "$data/low_fps_1.mp4" videos/right/d.mp4
  cp "$data/all_intra.mp4" a.mp4
  cp "$data/not_a_video.mp4" broken.mp4
}

# list PREFIX: the videos of stage_videos with labels. A part of them will do for validation.
list() { printf '%s\n' "$1left/a.mp4 0" "$1left/b.mp4 0" "$1right/c.mkv 1" "$1right/d.mp4 1"; }
short_list() { list "$1" | sed -n '2p;4p'; }

# small_recipe NAME: a ResNet-18 of a quarter of its width, trained for one epoch.
small_recipe() {
  sed -E 's/"epochs": [0-9]+/"epochs": 1/; s/"batch_size": [0-9]+/"batch_size": 2/' \
    "$root/examples/bursts/recipes/$1.json"
}

# distilled_recipe: the same network on frames of half the size, taught by one of its kind on whole ones (ResKD).
distilled_recipe() {
  small_recipe uniform | sed -E \
    -e 's/"backbone": (\{.*\}),$/"backbone": {"type": "RKD", "low_res_cfg": \1, "high_res_cfg": \1, "low_img_res": [32, 32],\n      "high_feat_size": [2, 2]},/' \
    -e 's/"TSNHead"/"RKD2DHead"/'
}
