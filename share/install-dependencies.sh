#!/bin/sh
# Installs what vs is built from, where it is missing: Debian's packages, with apt as root or through sudo.
# Says what it does; does nothing, quickly, where nothing is missing.
set -eu

packages='
  cmake g++ make ninja-build ccache pkg-config git ca-certificates
  libavformat-dev libavcodec-dev libavfilter-dev libavutil-dev libswscale-dev
  libopencv-dev libopencv-contrib-dev libhdf5-dev libcxxopts-dev doctest-dev nlohmann-json3-dev libvalijson-dev
  libfmt-dev libjpeg62-turbo-dev libspng-dev libssl-dev libxxhash-dev libgloo-dev libffmpeg-nvenc-dev
  ffmpeg hdf5-tools librsvg2-bin mandoc parallel
'

# What share/fetch-libtorch.sh needs, where python3 has no pip of its own.
python3 -m pip --version >/dev/null 2>&1 || packages="$packages python3-pip"

missing=''
if command -v dpkg-query >/dev/null 2>&1; then
  for package in $packages; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
  done
else
  for program in cmake ninja pkg-config c++; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
  done
  [ -z "$missing" ] && exit 0
  echo "vs: this is no Debian; please install by hand what these packages hold:" $packages >&2
  exit 2
fi
[ -z "$missing" ] && exit 0

echo "vs: installing with apt:$missing" >&2
if [ "$(id -u)" = 0 ]; then
  as_root=''
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "vs: neither root nor sudo: ask an administrator for: apt-get install$missing" >&2
  exit 2
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # the list is words on purpose
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
echo "vs: dependencies installed" >&2
