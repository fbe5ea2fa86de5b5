#!/bin/bash
# Plans: from videos and from motion files, seeds, clips, what vs-extract makes of them.
source "$(dirname "$0")/lib_motion.sh"

video=$videos/bbb_720p.mp4
status 0 "$motion" -q --method luma --plan 8 -o plan.json --save-motion motion.h5 "$video" "$videos/still.jpg"
for from in motion.h5 motion.json; do
  [[ $from == *.json ]] && status 0 "$motion" -q --method luma -o motion.json "$video" "$videos/still.jpg"
  status 0 "$motion" -q --plan 8 -o "again-$from.json" "$from"
  equal "$(grep -A1 '"frame_index"' plan.json)" "$(grep -A1 '"frame_index"' "again-$from.json")" "plan from $from"
done
grep -q '"rule": "mg-test"' plan.json || fail "rule"
grep -qF '[0, 0, 0, 0, 0, 0, 0, 0]' plan.json || fail "one frame: it, 8 times"
status 0 "$extract" -q -o frames --at plan.json "$video"
equal 8 "$(find frames -name '*.jpg' | wc -l)" "frames of the plan"

# A motion file that is there already is not replaced unasked, and nothing is left behind.
status 2 "$motion" -q --method luma --plan 8 -o other.json --save-motion motion.h5 "$video"
says "motion.h5: exists"
equal "" "$(find . -name '.*partial*')" "left behind"
status 0 "$motion" -q --method luma -o direct.h5 "$video" "$videos/still.jpg"
for file in motion direct; do status 0 "$motion" -q -o $file-values.json $file.h5; done
cmp motion-values.json direct-values.json || fail "the motion file beside a plan holds other values"

# An hdf5 file from a json one holds the same numbers.
status 0 "$motion" -q -o round.h5 motion.json
status 0 "$motion" -q -o round.json round.h5
cmp round.json motion.json || fail "json, hdf5, json"

# Draws: by seed and epoch; jobs do not matter.
plan() { "$motion" -q --plan 16 -o - motion.json "$@" | sed 's/.*"frame_index"//'; }
equal "$(plan --rule train --seed 3)" "$(plan --rule train --seed 3 --jobs 4)" "same seed"
[[ $(plan --rule train --seed 3) != "$(plan --rule train --seed 4)" ]] || fail "another seed"
[[ $(plan --rule train --seed 3) != "$(plan --rule train --seed 3 --epoch 1)" ]] || fail "another epoch"
equal 3 "$(plan --num-clips 3 | head -1 | grep -o '\[[0-9, ]*\]' | wc -l)" "three clips"
equal 2 "$(plan --rule window-test --num-clips 2 --window 32 | head -1 | grep -o '\[[0-9, ]*\]' | wc -l)" "two windows"
[[ $(plan) != "$(plan --exponent 2)" ]] || fail "the exponent counts"

# A static video: the first frame, N times. Fewer frames than segments: repeats.
mkdir same few
for i in 1 2 3; do cp "$videos/still.png" same/$i.png; done
equal '[[0, 0, 0, 0]]' "$("$motion" -q --plan 4 -o - same | sed 's/.*"frame_index": \(.*\)}/\1/')" "static"
equal 6 "$("$motion" -q --method luma --plan 6 -o - "$videos/low_fps_1.mp4" | sed 's/.*\[\[\(.*\)\]\].*/\1/' | tr ',' '\n' | wc -l)" "few frames"

# MGSampler's own file, written twice by its script; a curve only where it is said to be one.
echo '{"a": [0.1, 0.9], "b": []}{"a": [0.25, 1.0]}' >theirs.json
status 0 "$motion" --plan 2 -o - theirs.json
says "2 JSON objects follow each other"
grep -q '"id": "b", "path": "", "total_frames": 1, "frame_index": \[\[0, 0\]\]' stdout || fail "empty list: $(cat stdout)"
grep -q '"id": "a".*\[\[0, 1\]\]' stdout || fail "raw: $(cat stdout)"
status 0 "$motion" -q --plan 2 -o - --input-values curve theirs.json
grep -q '"id": "a".*\[\[0, 1\]\]' stdout || fail "curve: $(cat stdout)"
status 2 "$motion" -q -o raw.json --input-values curve --values raw theirs.json
says "raw motion cannot be had back"
# A manifest beside a file of ours says that it holds curves.
status 0 "$motion" -q --values curve -o curve.json motion.json
status 0 "$motion" -q --plan 8 -o from-curve.json curve.json
equal "$(grep -A1 '"frame_index"' plan.json)" "$(grep -A1 '"frame_index"' from-curve.json)" "plan from a curve"
status 0 "$motion" -q -o curve2.json curve.json
cmp curve.json curve2.json || fail "a curve stays a curve"
grep -q '"values": "curve"' curve2.json.manifest.json || fail "and its manifest says so"
grep -q '"method": "luma"' curve2.json.manifest.json || fail "the method goes along"
status 2 "$motion" -q --plan 8 --rule window-test -o - curve.json
says "a cumulative curve has no windows"
# A plan is made of motion, also where the file beside it is to hold curves.
for values in raw curve; do
  status 0 "$motion" -q --method luma --plan 8 --rule window-test -o $values-plan.json --save-motion $values-of-plan.json \
    --values $values "$video"
done
cmp raw-plan.json curve-plan.json || fail "windows with --values curve"
grep -qE ' (1\.0|0\.9999)[0-9]*\]' curve-of-plan.json || fail "no curve: $(tail -c 100 curve-of-plan.json)"

# Names.
cp "$videos/low_fps_1.mp4" a.1.mp4
status 0 "$motion" -q --method luma -o names.json a.1.mp4
grep -q '^{"a.1": ' names.json || fail "name: $(cat names.json)"
status 0 "$motion" -q --method luma -o dots.json --name-rule first-dot a.1.mp4
grep -q '^{"a": ' dots.json || fail "name by first dot"
echo ok
