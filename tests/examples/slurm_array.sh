#!/usr/bin/env bash
# A job array of two tasks, played by setting the variables that SLURM sets.
source "$(dirname "$0")/lib_example.sh"
cd "$work"
find videos -type f | sort > list.txt
for task in 1 2; do
  SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=2 SLURM_ARRAY_TASK_COUNT=2 SLURM_CPUS_PER_TASK=1 \
    "$root/examples/pipelines/slurm_array.sh" list.txt out/frames.h5
done
[[ $(find out -name 'frames-*-of-00002.h5' | wc -l) = 2 ]] || fail "two parts expected"
echo ok
