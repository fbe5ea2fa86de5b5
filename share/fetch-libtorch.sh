#!/bin/sh
# Fetches the pinned LibTorch (share/libtorch.txt, about 545 MB, from PyPI) into .deps/ where no LibTorch is found.
# Looks in the order of share/cmake/FindLibTorch.cmake: Torch_DIR and CMAKE_PREFIX_PATH, an importable torch of python3,
# .deps/. Says what it does; does nothing, quickly, where nothing is missing.
set -eu
cd "$(dirname "$0")/.."

target=.deps/libtorch
is_libtorch() { [ -e "$1/lib/libtorch_cpu.so" ] && [ -e "$1/include/torch/csrc/api/include/torch/torch.h" ]; }

is_libtorch "$target/torch" && exit 0
if [ -n "${Torch_DIR:-}" ] && is_libtorch "$Torch_DIR/../../.."; then exit 0; fi
IFS=:
for prefix in ${CMAKE_PREFIX_PATH:-}; do
  is_libtorch "$prefix" && exit 0
  is_libtorch "$prefix/../.." && exit 0
done
unset IFS
found=$(python3 -c '
import importlib.util, os
spec = importlib.util.find_spec("torch")
if spec and spec.origin:
    folder = os.path.dirname(spec.origin)
    text = open(os.path.join(folder, "version.py")).read()
    version = next(line.split("\x27")[1] for line in text.splitlines() if line.startswith("__version__"))
    if tuple(int(part) for part in version.split("+")[0].split(".")[:2]) >= (2, 11): print(folder)
' 2>/dev/null || true)
if [ -n "$found" ] && is_libtorch "$found"; then exit 0; fi

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
