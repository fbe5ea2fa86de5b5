# Sourced by the tests of runs: programs on PATH, a work folder, a list of small videos, and the runs to disturb.
# shellcheck shell=bash
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
export PATH="$build:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/videos"
cp "$root"/tests/data/videos/{all_intra.mp4,mpeg4_bframes.avi,hevc_bframes.mkv,h264.ts,low_fps_1.mp4,city_mpeg2.mkv} "$work/videos/"
find "$work/videos" -type f | sort > "$work/list.txt"

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# Every kind of output. The commands are run in an empty folder each; OUT names what they write.
declare -A runs=(
  [motion]="vs-motion --quiet --list $work/list.txt --method ssim -o out.h5"
  [pack]="vs-extract --quiet --list $work/list.txt --every 3 --short-side 96 -o out.h5"
  [folders]="vs-extract --quiet --list $work/list.txt --every 3 --short-side 96 -o out"
)

# What an output is worth comparing: everything but times and the host's state.
digest() {
  if [[ -d $1 ]]; then
    (cd "$1" && find . -type f ! -name '*manifest.json' -print0 | sort -z | xargs -0 sha256sum)
  else
    sha256sum < "$1"
  fi
}

output_of() { if [[ $1 = folders ]]; then echo out; else echo out.h5; fi; }
