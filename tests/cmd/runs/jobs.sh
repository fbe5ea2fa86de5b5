#!/usr/bin/env bash
# One job or four: the same bytes, for every kind of output.
source "$(dirname "$0")/lib_runs.sh"
for name in "${!runs[@]}"; do
  for jobs in 1 4; do
    mkdir "$work/$name-$jobs"
    (cd "$work/$name-$jobs" && ${runs[$name]} --jobs $jobs)
    digest "$work/$name-$jobs/$(output_of "$name")" > "$work/$name-$jobs.sum"
  done
  cmp "$work/$name-1.sum" "$work/$name-4.sum" || fail "$name: jobs 1 and 4 differ"
  [[ -s $work/$name-1.sum ]] || fail "$name: no output"
done
echo ok
