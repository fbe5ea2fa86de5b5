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
    [[ ! -e out.json ]] || break
  done
  [[ -e out.json ]] || ${runs[$name]} --jobs 2
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

for i in 0 1 2; do status 0 "$motion" -q --list list.txt --method luma -o part.json --shard $i/3; done
equal "$(tr -d '{}' <json-1/out.json)" "$(cat part-0000?-of-00003.json | sed 's/}{/, /g' | tr -d '{}')" "shards"
echo ok
