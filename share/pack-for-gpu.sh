#!/bin/sh
# share/pack-for-gpu.sh OUT.tar.gz [BUILD]
# Packs what `make gpu-test` and `make gpu-bench` need of this checkout on a machine that has LibTorch and nvcc and cannot
# install packages: the sources without test data; in .deps/include the headers that packages of this machine have; and,
# where BUILD (build) holds vs-golden, in .deps/golden the golden cases of networks in a form that needs no HDF5.
set -eu
out=${1:?usage: share/pack-for-gpu.sh OUT.tar.gz [BUILD]}
case $out in /*) ;; *) out=$PWD/$out ;; esac
build=${2:-build}
cd "$(dirname "$0")/.."

headers=.deps/include
rm -rf "$headers"
mkdir -p "$headers"
for name in fmt nlohmann cxxopts.hpp valijson doctest xxhash.h xxh3.h; do
  if [ ! -e "/usr/include/$name" ]; then
    echo "vs: /usr/include/$name is missing: make deps installs it" >&2
    exit 2
  fi
  cp -rL "/usr/include/$name" "$headers/"
done

cases=.deps/golden
rm -rf "$cases"
mkdir -p "$cases"
if [ -x "$build/tests/vs-golden" ]; then
  # The developers' collection has more than what is bundled.
  find tests/golden/cases ../shared/golden/*/ -name '*.h5' 2>/dev/null | sort |
    xargs "$build/tests/vs-golden" --pack "$cases" >&2
else
  echo "vs: packed without golden cases: $build/tests/vs-golden is not built (make, then again)" >&2
fi
{
  git ls-files --cached --others --exclude-standard | grep -vE '^(tests/data/|tests/golden/cases/|examples/demo/)'
  find "$headers" "$cases" -type f
} | while IFS= read -r file; do [ -e "$file" ] && printf '%s\n' "$file"; done |
  tar --transform 's#^#vs/#' --sort=name --owner=0 --group=0 -czf "$out.partial" -T -
mv "$out.partial" "$out"
echo "vs: $out: tar xzf it there, and make -C vs gpu-test" >&2
