#!/bin/sh
# make check: formatting, clang-tidy and who includes whom. Tools that are missing are named, not skipped silently.
set -eu
build=$1
cd "$(dirname "$0")/.."
status=0
for tool in clang-format clang-tidy; do
  command -v $tool >/dev/null || { echo "check: $tool is missing (apt-get install $tool)" >&2; exit 2; }
done
echo "check: formatting"
git ls-files '*.h' '*.cc' | grep -v '^tests/arch/planted/' | xargs clang-format --dry-run --Werror || status=1
echo "check: includes"
cmake -DROOT="$PWD" -DTABLE=lib/rooms.cmake -P tests/arch/check_includes.cmake || status=1
echo "check: clang-tidy (minutes)"
# clang reads neither GCC's precompiled header nor its own warnings' names: the header itself, and no such options.
database=$(mktemp -d)
trap 'rm -rf "$database"' EXIT
sed -E -e "s#-Winvalid-pch -include [^ ]*cmake_pch\.hxx#-include $PWD/lib/nn/torch.h#g" -e 's/ -Wno-restrict| -Wshadow//g' \
  "$build/compile_commands.json" >"$database/compile_commands.json"
git ls-files 'lib/*.cc' 'cmd/*.cc' | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p "$database" 2>/dev/null || status=1
exit $status
