#!/bin/sh
# make check: formatting, clang-tidy and who includes whom. Tools that are missing are named, not skipped silently.
# A file that clang-tidy found nothing in is not read again until it, a header of ours that it includes, .clang-tidy or
# clang-tidy itself changes: an interrupted check goes on where it was.
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

clean=$build/clang-tidy
mkdir -p "$clean"
# clang reads neither GCC's precompiled header nor its own warnings' names: the header itself, and no such options.
sed -E -e "s#-Winvalid-pch -include [^ ]*cmake_pch\.hxx#-include $PWD/lib/nn/torch.h#g" -e 's/ -Wno-restrict| -Wshadow//g' \
  "$build/compile_commands.json" >"$clean/compile_commands.json"
# A line a file: the hash of all that its findings depend on, and its name. Ninja knows the headers.
git ls-files 'lib/*.h' 'lib/*.cc' 'cmd/*.h' 'cmd/*.cc' | xargs sha256sum >"$clean/hashes"
of_all=$( { clang-tidy --version; cat .clang-tidy lib/nn/torch.h; } | sha256sum)
ninja -C "$build" -t deps | awk -v of_all="$of_all" '
  BEGIN { srand() }
  FNR == NR { hash[$2] = $1; next }
  /^[^ ]/ { source = "" }
  /^ / {
    sub(/^ +/, "")
    sub(/^.*\/lib\//, "lib/")
    sub(/^.*\/cmd\//, "cmd/")
    if (!($0 in hash)) next
    if (source == "" && /\.cc$/) { source = $0; text[source] = of_all }
    if (source != "") text[source] = text[source] " " $0 " " hash[$0]
  }
  END { for (name in hash) if (name ~ /\.cc$/) print name, (name in text) ? text[name] : of_all " " rand() }
' "$clean/hashes" - | while read -r name text; do
  printf '%s %s\n' "$(printf '%s' "$text" | sha256sum | cut -d' ' -f1)" "$name"
done | sort -k2 >"$clean/files"
cut -d' ' -f1 "$clean/files" | sort >"$clean/wanted"
find "$clean" -name '*.clean' | sed -e 's#.*/##' -e 's/\.clean$//' | sort | comm -23 - "$clean/wanted" |
  while read -r old; do rm -f "$clean/$old.clean"; done
while read -r hash name; do [ -e "$clean/$hash.clean" ] || echo "$hash $name"; done <"$clean/files" >"$clean/todo"
echo "check: clang-tidy, $(wc -l <"$clean/todo") of $(wc -l <"$clean/files") files (about 10 s each)"
clean=$clean xargs -P "$(nproc)" -L 1 sh -c \
  'clang-tidy --quiet -p "$clean" "$2" 2>/dev/null && touch "$clean/$1.clean"' check <"$clean/todo" || status=1
exit $status
