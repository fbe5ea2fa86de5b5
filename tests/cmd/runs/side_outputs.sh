#!/usr/bin/env bash
# A side output on a full disk ends the run; with room again the same command finishes, without --force and decoding.
source "$(dirname "$0")/lib_runs.sh"
mkdir "$work/small"
if ! mount -t tmpfs -o size=1m tmpfs "$work/small" 2>/dev/null; then
  echo "skipped: no right to mount a tmpfs here"
  exit 77
fi
trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
list="--quiet --list $work/list.txt"
declare -A sides=(
  [folders-depfile]="vs-extract $list --num-frames 1 -o OUT/out --depfile small/side"
  [folders-failed]="vs-extract $list --num-frames 1 -o OUT/out --failed small/side"
  [pack-depfile]="vs-extract $list --num-frames 1 -o OUT/out.h5 --depfile small/side"
  [motion-plot]="vs-motion $list --method codec -o OUT/out.h5 --plot small/side.svg"
  [motion-sheet]="vs-motion $list --method codec -o OUT/out.h5 --plot OUT/first.svg --sheet small/side.png"
  [motion-depfile]="vs-motion $list --method codec -o OUT/out.json --depfile small/side"
  [motion-pictures]="vs-motion $list --method codec --plot OUT/first.svg --sheet small/side.png"
)
for name in "${!sides[@]}"; do
  mkdir "$work/$name"
  command=${sides[$name]//OUT/$name}
  dd if=/dev/zero of=small/filler bs=4k 2>/dev/null || true
  # A list of no failed items is no bytes: it fits. One that fails makes it some.
  [[ $name != folders-failed ]] || echo "$work/missing.mp4" >> "$work/list.txt"
  status=0
  $command 2> stderr || status=$?
  [[ $status = 2 ]] || { cat stderr; fail "$name: exit $status on a full disk, not 2"; }
  grep -q 'small/side.*No space left' stderr || { cat stderr; fail "$name: the error does not say what and why"; }
  rm small/filler
  status=0
  $command 2> stderr || status=$?
  want=0
  [[ $name != folders-failed ]] || want=1
  [[ $status = "$want" ]] || { cat stderr; fail "$name: exit $status with room again"; }
  [[ -n $(find small -name 'side*' -size +0) ]] || fail "$name: no side output"
  [[ -z $(find "$name" small -name '.*.partial*' -o -name '.vs-*') ]] || fail "$name: partial files left"
  [[ $name != folders-failed ]] || sed -i '$d' "$work/list.txt"
  rm -f small/*
done
echo ok
