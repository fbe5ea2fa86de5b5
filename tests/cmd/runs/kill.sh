#!/usr/bin/env bash
# Killed with SIGKILL at random moments and started again until it ends: the same bytes as an undisturbed run,
# and never a file under its final name before it is whole.
source "$(dirname "$0")/lib_runs.sh"
seed=${VS_TEST_SEED:-$$}
RANDOM=$seed
echo "seed $seed"
for name in "${!runs[@]}"; do
  mkdir "$work/$name-whole" "$work/$name-killed"
  start=$(date +%s%N)
  (cd "$work/$name-whole" && ${runs[$name]} --jobs 2)
  whole_ms=$((($(date +%s%N) - start) / 1000000 + 5))
  cd "$work/$name-killed"
  kills=0
  for attempt in $(seq 1 40); do
    ${runs[$name]} --jobs 2 &
    pid=$!
    sleep "$(awk -v ms=$((RANDOM % whole_ms)) 'BEGIN { printf "%.3f", ms / 1000 }')"
    if kill -9 $pid 2>/dev/null; then kills=$((kills + 1)); fi
    if wait $pid 2>/dev/null; then break; fi
    # Killed on its way out, after its last act: there is nothing to go on with.
    if [[ -n $(find . -name '*manifest.json') && -z $(find . -name '*.log' -o -name '*.partial*') ]]; then break; fi
    # Six kills are enough; then it may end.
    if [[ $kills -ge 6 ]]; then
      ${runs[$name]} --jobs 2 || fail "$name: cannot go on after $kills kills"
      break
    fi
  done
  digest "$(output_of "$name")" > "$work/killed.sum"
  digest "$work/$name-whole/$(output_of "$name")" > "$work/whole.sum"
  cmp "$work/killed.sum" "$work/whole.sum" || fail "$name: other bytes after $kills kills"
  [[ -z $(find . -name '*.partial*') ]] || fail "$name: partial files left: $(find . -name '*.partial*')"
  echo "$name: $kills kills, attempt $attempt, same bytes"
done
echo ok
