#!/usr/bin/env bash
# Four processes with a quarter of the list each: the parts together hold every video once.
source "$(dirname "$0")/lib_example.sh"
cd "$work"
"$root/examples/pipelines/parallel.sh" videos out 4
parts=$(find out -name 'frames-*-of-00004.h5' | wc -l)
[[ $parts = 4 ]] || fail "$parts parts, not 4"
# A second start finds everything done: no part is written again.
stat -c %Y out/frames-*.h5 > before
"$root/examples/pipelines/parallel.sh" videos out 4 2>/dev/null || true
stat -c %Y out/frames-*.h5 > after
cmp -s before after || fail "a finished part was written again"
echo ok
