#!/usr/bin/env bash
# What make install puts under a prefix works from there: programs, pages, completions, share/.
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../../.." && pwd)
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$build" --prefix "$prefix" > /dev/null
for program in vs-extract vs-motion vs-annot vs-flops vs-eval vs-train; do
  [[ -x $prefix/bin/$program ]] || { echo "FAIL: bin/$program"; exit 1; }
  [[ -s $prefix/share/man/man1/$program.1 ]] || { echo "FAIL: page of $program"; exit 1; }
  [[ -s $prefix/share/bash-completion/completions/$program ]] || { echo "FAIL: completion of $program"; exit 1; }
done
[[ -s $prefix/share/vs/schemas/manifest.schema.json ]] || { echo "FAIL: schemas"; exit 1; }
cd "$prefix"
cp "$root/tests/data/videos/low_fps_1.mp4" .
# The source tree must not be needed: an installed program finds share/ beside itself.
env -i PATH="$prefix/bin:/usr/bin:/bin" vs-motion --quiet --plan 2 -o plan.json low_fps_1.mp4
env -i PATH="$prefix/bin:/usr/bin:/bin" vs-extract --quiet --at plan.json -o frames low_fps_1.mp4
[[ -d frames/low_fps_1 ]] || { echo "FAIL: no frames"; exit 1; }
echo ok
