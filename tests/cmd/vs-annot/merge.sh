#!/bin/bash
# merge: packs and plans of sharded runs.
source "$(dirname "$0")/lib_annot.sh"

mkdir clips
cp "$videos"/{all_intra.mp4,hevc_bframes.mkv,low_fps_1.mp4,mpeg4_bframes.avi,not_a_video.mp4} clips

frames_of() { "$build/vs-extract" clips --num-frames 3 --short-side 48 --quiet "$@" 2>/dev/null || true; }
motion_of() { "$build/vs-motion" clips --method luma --quiet "$@" 2>/dev/null || true; }

# The shards joined are the file of one run, byte for byte, in whatever order they are named.
frames_of -o whole.h5
motion_of -o motion_whole.h5
motion_of --plan 2 -o plan_whole.json
for i in 0 1 2; do
  frames_of --shard $i/3 -o frames.h5
  motion_of --shard $i/3 -o motion.h5
  motion_of --shard $i/3 --plan 2 -o plan.json
done
# What the shards are called does not matter for packs: they know which part they are.
mv frames-00002-of-00003.h5 a.h5
mv frames-00000-of-00003.h5 b.h5
mv frames-00001-of-00003.h5 c.h5
status 0 "$annot" merge a.h5 b.h5 c.h5 -o joined.h5
says 'joined.h5: 4 videos of 3 files'
cmp joined.h5 whole.h5 || fail "joined frames differ from those of one run"
status 0 "$annot" merge motion-0000{1,2,0}-of-00003.h5 -o motion_joined.h5
cmp motion_joined.h5 motion_whole.h5 || fail "joined motion differs from that of one run"
status 0 "$annot" merge plan-0000{1,2,0}-of-00003.json -o plan_joined.json
cmp plan_joined.json plan_whole.json || fail "the joined plan differs from that of one run"
for file in joined.h5 motion_joined.h5 plan_joined.json; do
  equal 3 "$(grep -cE '"path": "((motion|plan)-0000|[abc][.]h5)' $file.manifest.json)" "inputs in the manifest of $file"
  status 0 "$annot" trace $file --verify
done
[[ -z $(find . -name '.*partial*') ]] || fail "partial files are left"

# What does not belong together is named; nothing is written.
status 1 "$annot" merge a.h5 b.h5 -o no.h5
says 'shards are missing (1/3)'
status 1 "$annot" merge b.h5 whole.h5 -o no.h5
says 'whole.h5: video "all_intra" is in b.h5 too'
"$build/vs-extract" clips/all_intra.mp4 --num-frames 3 --short-side 32 --quiet -o other.h5
status 1 "$annot" merge a.h5 other.h5 -o no.h5
says 'other.h5: made in another way than a.h5: parameters.short_side was 48, is 32'
"$build/vs-motion" clips/all_intra.mp4 --method mad --quiet -o mad.h5
status 1 "$annot" merge motion-00001-of-00003.h5 mad.h5 -o no.h5
says 'method was'
"$build/vs-motion" clips/all_intra.mp4 --method luma --plan 3 --quiet -o plan3.json
status 1 "$annot" merge plan-00001-of-00003.json plan3.json -o no.json
says 'plan3.json: made in another way than plan-00001-of-00003.json: parameters.'
status 1 "$annot" merge a.h5 mad.h5 -o no.h5
says 'mad.h5: holds a motion pack, a.h5 holds a frames pack'
status 2 "$annot" merge a.h5 b.h5 c.h5
says 'name a file'
status 2 "$annot" merge a.h5 b.h5 c.h5 -o no.h5 --unique
says '--unique: goes with annotations'
status 2 "$annot" merge a.h5 b.h5 c.h5 -o joined.h5
says 'exists'
status 2 "$annot" merge a.h5 b.h5 c.h5 -o a.h5 --force
says 'is an input and the output'
head -c 3000 a.h5 >cut.h5
status 1 "$annot" merge cut.h5 b.h5 -o no.h5
says 'cut.h5'
status 0 "$annot" merge a.h5 b.h5 c.h5 -o no.h5 --dry-run
shows 'no.h5: 4 videos, about'
[[ -z $(find . -name 'no.*' -o -name '.no.*') ]] || fail "something was written"

# A merge of merges.
status 0 "$annot" merge joined.h5 -o again.h5
cmp again.h5 whole.h5 || fail "a merge of one pack changes it"
