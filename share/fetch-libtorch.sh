#!/bin/sh
# Fetches the pinned LibTorch (share/libtorch.txt, about 545 MB, from PyPI) into .deps/ where no LibTorch is found; with
# --cuda also the libraries that its CUDA half is linked to (share/libtorch-cuda.txt, about 1.9 GB), for machines with a
# GPU. Asks share/cmake/FindLibTorch.cmake, as the build does. Says what it does; does nothing, quickly, where nothing is
# missing.
set -eu
cd "$(dirname "$0")/.."

target=.deps/libtorch
cuda=''
case ${1-} in
  '') ;;
  --cuda) cuda=yes ;;
  *) echo "usage: share/fetch-libtorch.sh [--cuda]" >&2; exit 2 ;;
esac

found() {
  cmake -D LibTorch_FIND_REQUIRED=ON ${Torch_DIR:+-D Torch_DIR="$Torch_DIR"} -P share/cmake/FindLibTorch.cmake >/dev/null 2>&1
}

# fetch LIST FOLDER: the wheels of a list into a new folder. The headers and libraries are the same for every python: one
# wheel each, checked by its hash, serves all.
fetch() {
  if ! python3 -m pip --version >/dev/null 2>&1; then
    echo "vs: LibTorch is missing and so is pip to fetch it: apt-get install python3-pip, or set Torch_DIR" >&2
    exit 2
  fi
  rm -rf "$2"
  mkdir -p .deps
  python3 -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
    --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 --abi none \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_25_x86_64 \
    --platform manylinux_2_18_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux_2_12_x86_64 \
    --platform manylinux_2_5_x86_64 --platform manylinux2014_x86_64 --target "$2" -r "$1" >&2
}

if ! found; then
  echo "vs: fetching LibTorch 2.11 (545 MB, once) into $target" >&2
  fetch share/libtorch.txt "$target.partial"
  rm -rf "$target"
  mv "$target.partial" "$target"
  echo "vs: LibTorch is in $target" >&2
fi

[ -n "$cuda" ] || exit 0
if [ ! -d "$target" ]; then
  echo "vs: LibTorch is not in $target: the one that is used brings its own libraries of CUDA, or is for the CPU alone" >&2
  exit 0
fi
[ -e "$target/nvidia/cudnn/lib/libcudnn.so.9" ] && exit 0
echo "vs: fetching the libraries of CUDA (1.9 GB, once) into $target" >&2
fetch share/libtorch-cuda.txt "$target-cuda.partial"
cp -a "$target-cuda.partial/." "$target/"
rm -rf "$target-cuda.partial"
echo "vs: the libraries of CUDA are in $target" >&2
