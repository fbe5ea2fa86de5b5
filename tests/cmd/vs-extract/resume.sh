#!/bin/bash
# Killed runs go on, any number of jobs gives the same bytes, signals leave nothing half-written.
source "$(dirname "$0")/lib_extract.sh"

mkdir set
for i in 1 2 3 4 5 6; do
  cp "$videos/mpeg4_bframes.avi" "set/a$i.avi"
  cp "$videos/h264.ts" "set/b$i.ts"
done
options=(--size 200x112 set)
"$extract" -q -o want --jobs 1 "${options[@]}"
"$extract" -q -o want.h5 --jobs 1 "${options[@]}"
"$extract" -q -o four --jobs 4 "${options[@]}"
"$extract" -q -o four.h5 --jobs 4 "${options[@]}"
same_frames want four
cmp want.h5 four.h5 || fail "packs of 1 and 4 jobs differ"
equal "$(grep -A1 '"path": "b6"' want/manifest.json)" "$(grep -A1 '"path": "b6"' four/manifest.json)" "manifests name the same hashes"

# SIGKILL at any moment, again and again, until it is done.
for output in got got.h5; do
  rm -rf "$output" "$output".*
  kills=0
  for try in $(seq 200); do
    "$extract" -q -o $output --jobs 2 "${options[@]}" 2>stderr &
    child=$!
    # Longer and longer, so that a slow machine gets there too.
    sleep "$(awk -v r=$RANDOM -v t="$try" 'BEGIN {print 0.04 + r / 32768 * (0.2 + 0.02 * t)}')"
    if kill -KILL $child 2>/dev/null; then kills=$((kills + 1)); fi
    code=0
    wait $child 2>/dev/null || code=$?
    [[ $code == 137 ]] || break
  done
  [[ $code == 0 ]] || fail "$output: exit code $code after $kills kills: $(cat stderr)"
  ((kills > 0)) || fail "$output: no run was killed"
done
same_frames want got
cmp want.h5 got.h5 || fail "a pack of killed runs differs"
equal 0 "$(find . -name '.*partial*' -o -name '.vs-extract*' | wc -l)" "nothing is left of the killed runs"

# Other options than the killed run's: an error that names the first difference, or --force.
"$extract" -q -o other --jobs 1 "${options[@]}" &
child=$!
sleep 0.2
kill -KILL $child 2>/dev/null && wait $child 2>/dev/null || true
if [[ ! -e other/manifest.json ]]; then
  status 2 "$extract" -q -o other --quality 50 "${options[@]}"
  says quality
  status 0 "$extract" -q -o other --quality 50 --force "${options[@]}"
fi

# SIGINT and SIGTERM: the exit codes, nothing half-written, and the next run goes on.
for signal in INT TERM; do
  rm -rf broken
  "$extract" -q -o broken --jobs 2 "$videos/bbb_720p.mp4" "${options[@]:2}" 2>stderr &
  child=$!
  sleep 0.25
  kill -$signal $child 2>/dev/null || true
  code=0
  wait $child || code=$?
  if [[ $code != 0 ]]; then
    equal $([[ $signal == INT ]] && echo 130 || echo 143) $code "exit code of SIG$signal"
    equal 0 "$(find broken -name '.*.partial' | wc -l)" "half-written folders after SIG$signal"
    "$extract" -q -o broken --jobs 2 "$videos/bbb_720p.mp4" "${options[@]:2}"
  fi
  "$extract" -q -f -o unbroken "$videos/bbb_720p.mp4" "${options[@]:2}"
  same_frames unbroken broken
done

# Shards hold together what one run holds.
for i in 0 1 2; do
  "$extract" -q -o parts --shard $i/3 "${options[@]}"
  "$extract" -q -o parts.h5 --shard $i/3 "${options[@]}"
done
same_frames want parts
equal "manifest-00000-of-00003.json manifest-00001-of-00003.json manifest-00002-of-00003.json" "$(ls parts | grep manifest | paste -sd' ')" \
  "a manifest a shard"
[[ -f parts-00002-of-00003.h5 ]] || fail "packs of shards"

# Make rules.
"$extract" -q -o made --depfile made.d "$videos/low_fps_1.mp4"
tr -d '\\\n' <made.d | grep -q '^made/manifest.json:.*low_fps_1.mp4' || fail "depfile: $(cat made.d)"
echo ok
