#!/usr/bin/env bash
# bench.sh BUILD_DIR OUT_DIR [options of bench.py]
#
# Times vs against other tools on 30 clips, in rounds in which every tool runs once (paired), and writes
# OUT_DIR/bench.{md,json,svg}; then training steps against PyTorch (training.py). Needs ffmpeg and python3; OpenCV, PyAV,
# decord, scikit-image, torch and torchvision are measured where $PYTHON (default python3) has them.
# VS_BENCH_VIDEOS: folder of source videos (default: those beside the checkout, else bundled).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
out=$2
shift 2
for program in ffmpeg ffprobe "${PYTHON:-python3}"; do
  command -v "$program" >/dev/null || { echo "bench.sh: $program is missing (apt-get install ffmpeg python3)" >&2; exit 2; }
done
mkdir -p "$out"
videos=${VS_BENCH_VIDEOS:-$here/../../../shared/videos}
[[ -d $videos ]] || videos=$here/../../tests/data/videos
clips=${VS_BENCH_CLIPS:-$out/clips}
[[ -s $clips/hd_06.mp4 ]] || echo "bench.sh: making 30 clips in $clips (a few minutes, once)" >&2
"$here/make_clips.sh" "$clips" "$videos"
"${PYTHON:-python3}" "$here/bench.py" --build "$build" --clips "$clips" --out "$out" "$@"
exec "${PYTHON:-python3}" "$here/training.py" --build "$build" --out "$out"
