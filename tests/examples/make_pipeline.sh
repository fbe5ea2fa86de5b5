#!/usr/bin/env bash
# The Makefile pipeline: builds, does nothing the second time, does again only what a touched video demands.
source "$(dirname "$0")/lib_example.sh"
cd "$work"
run() { make -s -f "$root/examples/pipelines/Makefile" VIDEOS=videos OUT=out -j2; }
run
for file in motion.h5 plan.json chosen.h5 videos.txt stats.json; do
  [[ -s out/$file ]] || fail "out/$file is missing"
done
sha256sum out/motion.h5 out/chosen.h5 out/videos.txt > sums
make -q -f "$root/examples/pipelines/Makefile" VIDEOS=videos OUT=out || fail "the second run would do something"
sleep 1
touch videos/low_fps_1.mp4
if make -q -f "$root/examples/pipelines/Makefile" VIDEOS=videos OUT=out; then fail "a touched video is not seen"; fi
run
sha256sum --quiet -c sums || fail "the same videos gave other bytes"
echo ok
