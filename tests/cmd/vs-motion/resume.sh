#!/bin/bash
# JSON and plans: killed at random moments and started again, the same bytes; jobs 1 and 4 too; shards make the whole.
source "$(dirname "$0")/lib_motion.sh"
RANDOM=${VS_TEST_SEED:-$$}
find "$videos" -name '*.mp4' -o -name '*.mkv' -o -name '*.avi' -o -name '*.ts' | sort >all.txt
grep -v -e zero_length -e not_a_video -e resolution_change -e truncated -e no_keyframe all.txt >list.txt

declare -A runs=(
  [json]="$motion -q --list ../list.txt --method luma -o out.json"
  [plan]="$motion -q --list ../list.txt --method luma --plan 8 --rule train --seed 7 -o out.json"
)
for name in "${!runs[@]}"; do
  for jobs in 1 4; do
    mkdir "$name-$jobs"
    (cd "$name-$jobs" && ${runs[$name]} --jobs $jobs)
  done
  cmp "$name-1/out.json" "$name-4/out.json" || fail "$name: jobs 1 and 4 differ"
  mkdir "$name-killed"
  cd "$name-killed"
  for kill in 1 2 3 4; do
    ${runs[$name]} --jobs 2 &
    pid=$!
    sleep "0.$((RANDOM % 40 + 10))"
    kill -9 $pid 2>/dev/null || true
    if wait $pid 2>/dev/null; then break; fi
  done
  # A run killed between its output and its manifest has not ended: the next one makes the manifest and cleans up.
  [[ -e out.json && -z $(find . -name '*.partial*') ]] || ${runs[$name]} --jobs 2
  cmp out.json ../$name-1/out.json || fail "$name: other bytes after kills"
  [[ $name == plan ]] || equal "" "$(find . -name '*.partial*')" "$name: left behind"
  cd ..
done

# With other options a killed run is not gone on with.
mkdir other && cd other
(${runs[json]} --jobs 1 & pid=$!; sleep 0.05; kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null) || true
if [[ ! -e out.json && -n $(find . -name '*.partial*') ]]; then
  status 2 ${runs[json]} --method mad
  says "--force"
fi
cd ..

# A journal as a kill leaves it: taken from a run that stopped at its third video, which --strict makes certain.
printf '%s\n' "$videos/low_fps_1.mp4" "$videos/all_intra.mp4" "$PWD/third.mp4" >three.txt
cp "$videos/not_a_video.mp4" third.mp4
stopped() { status 1 "$motion" -q --list ../three.txt --method luma --jobs 1 --strict "$@"; }
again() { status 0 "$motion" -q --list ../three.txt --method luma --jobs 1 "$@"; }

# A stream that is gone on with tells all videos; pictures show the first one; what was written before the manifest is ours.
for name in whole killed; do
  mkdir stream-$name && cd stream-$name
  if [[ $name == killed ]]; then
    stopped --plan 4 -o - --save-motion m.h5 --plot p.svg
    equal 2 "$(wc -l <stdout)" "lines before the stop"
    [[ -e .m.h5.partial.values && ! -e m.h5 ]] || fail "no journal: $(ls -a)"
    echo unfinished >p.svg
    echo unfinished >m.h5
  fi
  cp "$videos/low_fps_1.mp4" ../third.tmp && touch -r ../three.txt ../third.tmp && mv ../third.tmp ../third.mp4
  again --plan 4 -o - --save-motion m.h5 --plot p.svg
  cp stdout lines.txt
  equal 3 "$(wc -l <lines.txt)" "lines of the stream"
  grep -q 'low_fps_1: motion' p.svg || fail "the picture is not of the first video"
  [[ -s m.h5.manifest.json && ! -e .m.h5.partial.values ]] || fail "$name: $(ls -a)"
  status 2 "$motion" -q --list ../three.txt --method luma --plan 4 -o - --save-motion m.h5
  says "m.h5: exists"
  cd ..
  cp "$videos/not_a_video.mp4" third.mp4
done
cmp stream-whole/lines.txt stream-killed/lines.txt || fail "the stream of a killed run"
cmp stream-whole/m.h5 stream-killed/m.h5 || fail "the motion file of a killed run"
cmp stream-whole/p.svg stream-killed/p.svg || fail "the picture of a killed run"

# Flow images of a run that was stopped are its own; without its journal they are somebody's.
mkdir flows && cd flows
flow=("$motion" -q --list ../three.txt --method flow --flow-images out --jobs 1)
status 1 "${flow[@]}" --strict
equal "all_intra low_fps_1" "$(ls out | paste -sd' ')" "folders before the stop"
mv out/.motion.h5.partial.values journal
status 2 "${flow[@]}"
says "out/low_fps_1: exists"
mv journal out/.motion.h5.partial.values
cp "$videos/low_fps_1.mp4" ../third.mp4
status 0 "${flow[@]}"
equal "all_intra low_fps_1 motion.h5 motion.h5.manifest.json third" "$(ls -A out | paste -sd' ')" "folders of the whole run"
cd ..

for i in 0 1 2; do status 0 "$motion" -q --list list.txt --method luma -o part.json --shard $i/3; done
equal "$(tr -d '{}' <json-1/out.json)" "$(cat part-0000?-of-00003.json | sed 's/}{/, /g' | tr -d '{}')" "shards"
echo ok
