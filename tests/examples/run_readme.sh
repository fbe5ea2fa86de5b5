#!/usr/bin/env bash
# Runs every command of the README's `sh` blocks, in order, in a folder with bundled videos; a failing one fails.
source "$(dirname "$0")/lib_example.sh"
cp "$root/tests/data/videos/bbb_720p.mp4" "$work/videos/"
cd "$work"
awk '/^```sh$/ {on = 1; next} /^```$/ {on = 0} on' "$root/README.md" | grep -v -E '^(make|sudo|git clone|cd) ' > commands.sh
[[ -s commands.sh ]] || fail "no commands found in README.md"
echo "$(grep -c . commands.sh) lines of commands"
bash -euo pipefail -x commands.sh > stdout 2> stderr || { tail -n 30 stderr >&2; fail "a command of the README failed"; }
echo ok
