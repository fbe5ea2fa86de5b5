#!/usr/bin/env bash
# A full disk is one clear error with exit code 2; with room again the same command goes on to the same bytes.
source "$(dirname "$0")/lib_runs.sh"
mkdir "$work/small"
if ! mount -t tmpfs -o size=512k tmpfs "$work/small" 2>/dev/null; then
  echo "skipped: no right to mount a tmpfs here"
  exit 77
fi
trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
for name in pack folders; do
  mkdir "$work/$name-whole" "$work/small/$name"
  (cd "$work/$name-whole" && ${runs[$name]} --jobs 2)
  cd "$work/small/$name"
  status=0
  ${runs[$name]} --jobs 2 2> "$work/stderr" || status=$?
  [[ $status = 2 ]] || { cat "$work/stderr"; fail "$name: exit $status on a full disk, not 2"; }
  [[ $(grep -c 'error:' "$work/stderr") = 1 ]] || { cat "$work/stderr"; fail "$name: not one error line"; }
  grep -q 'No space left' "$work/stderr" || { cat "$work/stderr"; fail "$name: the error does not say why"; }
  mount -o remount,size=64m "$work/small"
  ${runs[$name]} --jobs 2 || fail "$name: cannot go on with room again"
  digest "$(output_of "$name")" > "$work/again.sum"
  digest "$work/$name-whole/$(output_of "$name")" > "$work/whole.sum"
  cmp "$work/again.sum" "$work/whole.sum" || fail "$name: other bytes after a full disk"
  cd "$work"
  rm -rf "$work/small/$name"
  mount -o remount,size=512k "$work/small"
done
status=0
vs-motion --quiet --list "$work/list.txt" --method luma -o - > /dev/full 2> "$work/stderr" || status=$?
[[ $status = 2 ]] || fail "stdout on a full disk: exit $status, not 2"
echo ok
