#!/bin/sh
# tests/golden/packed.sh VS_GOLDEN CASES: packed cases give the lines that the HDF5 files give, and can fail as they can.
set -eu
golden=$1
cases=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# All of them are packed, which compares what is read back; small ones of every kind of values are run.
"$golden" --pack "$work/packed" "$cases"/*/*.h5 >"$work/log" || { cat "$work/log"; exit 1; }
tail -n 1 "$work/log"
small="adafocus/patch_crop_clip adafocus/schedule adafocus/train_policy drca/rank_diff drca/sim_head_fcbn mgsampler/optimizer_groups
  mgsampler/temporal_shift ocsampler/set_log_prob ocsampler/temporal_shift reskd/kd_losses reskd/temporal_shift"
for case in $small; do
  [ -e "$cases/$case.h5" ] || { echo "no case $case.h5"; exit 1; }
  "$golden" "$cases/$case.h5" | sed "s#$cases/##; s#\.h5##" >"$work/want" || true
  "$golden" "$work/packed/$case.safetensors" | sed "s#$work/packed/##; s#\.safetensors##" >"$work/got" || true
  if ! grep -q "^$case  largest relative error .*  pass$" "$work/want" || ! cmp -s "$work/want" "$work/got"; then
    echo "$case: HDF5, then packed:"
    cat "$work/want" "$work/got"
    status=1
  fi
done

expect_failure() {
  code=0
  "$golden" "$2" >"$work/log" 2>&1 || code=$?
  if [ "$code" -ne 1 ]; then
    echo "$1: exit code $code for 1"
    status=1
  elif ! grep -q "$3" "$work/log" || [ "$(wc -l <"$work/log")" -gt 3 ]; then
    echo "$1: failed without saying \"$3\" in a line:"
    cat "$work/log"
    status=1
  fi
}

whole=$work/packed/mgsampler/temporal_shift.safetensors
size=$(wc -c <"$whole")
damaged=$work/damaged.safetensors
# The sign of the last number.
cp "$whole" "$damaged"
printf '\177' | dd of="$damaged" bs=1 seek="$((size - 1))" conv=notrunc 2>/dev/null
expect_failure "a changed number" "$damaged" "values differ"
head -c "$((size - 5))" "$whole" >"$damaged"
expect_failure "a file cut short" "$damaged" "truncated"
head -c 100 "$whole" >"$damaged"
expect_failure "a header cut short" "$damaged" "reaches beyond the file"
sed 's#vs.golden/1#vs.golden/2#' "$whole" >"$damaged"
expect_failure "a later form" "$damaged" "form vs.golden/2"
sed 's#"form"#"farm"#' "$whole" >"$damaged"
expect_failure "a checkpoint" "$damaged" "no packed case"
sed 's#"text/kind"#"text/kinb"#' "$whole" >"$damaged"
expect_failure "a case without its kind" "$damaged" 'no text "kind"'
: >"$damaged"
expect_failure "an empty file" "$damaged" "cannot be opened"
exit $status
