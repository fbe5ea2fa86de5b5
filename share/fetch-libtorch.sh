#!/bin/sh
# Fetches the pinned LibTorch (share/libtorch.txt, about 545 MB, from PyPI) into .deps/ where no LibTorch is found.
# Asks share/cmake/FindLibTorch.cmake, as the build does. Says what it does; does nothing, quickly, where nothing is
# missing.
set -eu
cd "$(dirname "$0")/.."

target=.deps/libtorch
cmake -D LibTorch_FIND_REQUIRED=ON ${Torch_DIR:+-D Torch_DIR="$Torch_DIR"} -P share/cmake/FindLibTorch.cmake >/dev/null 2>&1 &&
  exit 0

if ! python3 -m pip --version >/dev/null 2>&1; then
  echo "vs: LibTorch is missing and so is pip to fetch it: apt-get install python3-pip, or set Torch_DIR" >&2
  exit 2
fi
echo "vs: fetching LibTorch 2.11 (545 MB, once) into $target" >&2
rm -rf "$target.partial"
mkdir -p .deps
# The headers and libraries are the same for every python: one wheel, checked by its hash, serves all.
python3 -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
  --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 --abi none \
  --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 --platform manylinux_2_17_x86_64 \
  --platform manylinux2014_x86_64 --target "$target.partial" -r share/libtorch.txt >&2
rm -rf "$target"
mv "$target.partial" "$target"
echo "vs: LibTorch is in $target" >&2
