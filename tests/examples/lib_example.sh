# Sourced by the example tests: PATH with the programs, a work folder that goes away, three small videos.
# shellcheck shell=bash
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PATH="$build:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/videos"
cp "$root"/tests/data/videos/{all_intra.mp4,mpeg4_bframes.avi,hevc_bframes.mkv,low_fps_1.mp4} "$work/videos/"

fail() {
  echo "FAIL: $*" >&2
  exit 1
}
