#!/bin/sh
# A checker that cannot fail proves nothing: one changed number, an unknown kind, a file that is no HDF5, and a
# checkpoint that is not as its table says must fail.
set -eu
golden=$1
cases=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

expect_failure() {
  if "$golden" "$2" >"$work/log" 2>&1; then
    echo "$1: passed, but must fail"
    status=1
  elif ! grep -q "$3" "$work/log"; then
    echo "$1: failed without saying \"$3\":"
    cat "$work/log"
    status=1
  fi
}

# One label of the inputs changed in place: h5dump finds where the dataset's bytes lie only for contiguous data.
cp "$cases/resize_sizes.h5" "$work/changed.h5"
offset=$(h5dump -H -p -d /output/wh "$work/changed.h5" | sed -n 's/.*OFFSET *\([0-9]*\).*/\1/p' | head -n 1)
if [ -z "$offset" ]; then
  echo "skipped: output/wh of resize_sizes.h5 is not contiguous"
  exit 77
fi
printf '\002' | dd of="$work/changed.h5" bs=1 seek="$((offset + 1))" conv=notrunc 2>/dev/null
expect_failure "a changed number" "$work/changed.h5" "values differ"
printf 'no HDF5' >"$work/text.h5"
expect_failure "a text file" "$work/text.h5" "cannot be opened as HDF5"
sed 's/common.resize_sizes/common.resize_sizeX/' "$cases/resize_sizes.h5" >"$work/kind.h5"
expect_failure "an unknown kind" "$work/kind.h5" "kind not implemented"
cp -r "$cases/../weights" "$work/weights"
chmod -R u+w "$work/weights"
sed -i 's/accae2deaec394ef/accae2deaec394ee/' "$work/weights/expected.json"
expect_failure "a changed tensor" "$work/weights/expected.json" "conv.weight: got"
rm "$work/weights/plain.safetensors"
expect_failure "a missing checkpoint" "$work/weights/expected.json" "cannot be read"
exit $status
