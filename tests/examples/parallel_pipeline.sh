#!/usr/bin/env bash
# Four processes with a quarter of the list each: the parts together hold every video once, and options are passed on.
source "$(dirname "$0")/lib_example.sh"
cd "$work"
find videos -type f | sort >list.txt
"$root/examples/pipelines/parallel.sh" list.txt out/frames.h5 4
parts=$(find out -name 'frames-*-of-00004.h5' | wc -l)
[[ $parts = 4 ]] || fail "$parts parts, not 4"
# A second start finds everything done: no part is written again.
stat -c %Y out/frames-*.h5 > before
"$root/examples/pipelines/parallel.sh" list.txt out/frames.h5 4
stat -c %Y out/frames-*.h5 > after
cmp -s before after || fail "a finished part was written again"
# One that is missing is done by itself.
rm out/frames-00002-of-00004.h5
"$root/examples/pipelines/parallel.sh" list.txt out/frames.h5 4
[[ -e out/frames-00002-of-00004.h5 ]] || fail "a missing part was not done"
"$root/examples/pipelines/parallel.sh" list.txt two/frames.h5 2 --num-frames 1 --size 32x24
vs-annot merge --quiet -o two/frames.h5 two/frames-*-of-00002.h5
vs-annot trace two/frames.h5 | grep -q -- "--num-frames 1 --size 32x24" || fail "options do not reach vs-extract"
echo ok
