#!/usr/bin/env bash
# What make install puts under a prefix works from there: programs, pages, completions, share/.
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../../.." && pwd)
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$build" --prefix "$prefix" > /dev/null
for program in $(sed -n 's/^vs_program(\([^ ]*\).*/\1/p' "$root/lib/rooms.cmake"); do
  [[ -x $prefix/bin/$program ]] || { echo "FAIL: bin/$program"; exit 1; }
  [[ -s $prefix/share/man/man1/$program.1 ]] || { echo "FAIL: page of $program"; exit 1; }
  [[ -s $prefix/share/bash-completion/completions/$program ]] || { echo "FAIL: completion of $program"; exit 1; }
done
for page in man5/vs-files.5 man5/vs-manifest.5 man7/vs.7 man7/vs-from-mmaction.7; do
  [[ -s $prefix/share/man/$page ]] || { echo "FAIL: $page"; exit 1; }
done
[[ -s $prefix/share/vs/schemas/manifest.schema.json ]] || { echo "FAIL: schemas"; exit 1; }
cd "$prefix"
cp "$root/tests/data/videos/low_fps_1.mp4" .
# The source tree must not be needed: an installed program finds share/ beside itself.
env -i PATH="$prefix/bin:/usr/bin:/bin" vs-motion --quiet --plan 2 -o plan.json low_fps_1.mp4
env -i PATH="$prefix/bin:/usr/bin:/bin" vs-extract --quiet --at plan.json -o frames low_fps_1.mp4
[[ -d frames/low_fps_1 ]] || { echo "FAIL: no frames"; exit 1; }
# Networks too: LibTorch and libvsnn.so are found from the prefix, with checkout and build folder out of sight.
cat > networks.sh <<'E'
set -euo pipefail
for folder in "$@"; do
  # One may lie in the other.
  if [[ -d $folder ]]; then mount -t tmpfs none "$folder"; fi
done
fail() { echo "FAIL: $*"; exit 1; }
vs-flops --recipe tsn_r50_1x1x8_50e_minik_rgb > table
grep -q parameters table || fail "vs-flops counts nothing"
vs-eval --list-recipes > recipes
grep -q activitynet_10to6_resnet50 recipes || fail "no recipes are listed"
vs-train --help > /dev/null
cat > small.json <<'R'
{"schema": "vs.recipe/1", "name": "small", "title": "small", "input": {"shape": [1, 3, 32, 32]}, "model": {"type": "Recognizer2D",
 "backbone": {"type": "ResNet", "depth": 18, "base_channels": 4}, "cls_head": {"type": "TSNHead", "in_channels": 32, "num_classes": 5}}}
R
vs-extract --quiet --features ./small.json --untrained --num-frames 2 -o features.h5 low_fps_1.mp4
[[ -s features.h5 ]] || fail "no features"
E
if unshare -rm mount -t tmpfs none "$prefix/share" 2> /dev/null; then
  env -i PATH="$prefix/bin:/usr/bin:/bin" unshare -rm bash networks.sh "$root" "$build"
else
  echo "not checked: that the checkout is not needed (mount namespaces are not allowed here)"
  env -i PATH="$prefix/bin:/usr/bin:/bin" bash networks.sh
fi
echo ok
