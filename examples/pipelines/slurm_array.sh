#!/bin/sh
# Extraction as a SLURM job array: sbatch --array=0-15 slurm_array.sh LIST OUT.h5 [OPTION...]
#
# --shard auto reads the array's own variables (SLURM_ARRAY_TASK_ID, _MIN, _COUNT): every task does its part of the list.
# A task that was killed or preempted goes on where it stopped when it is started again (sbatch --requeue). OPTIONs go to
# vs-extract; without any, 4 frames a second with a short side of 128 pixels.
#SBATCH --job-name=vs-extract
#SBATCH --cpus-per-task=2
#SBATCH --requeue
set -eu
list=$1
out=$2
shift 2
[ $# -gt 0 ] || set -- --fps 4 --short-side 128
mkdir -p "$(dirname "$out")"
exec vs-extract --quiet --list "$list" --shard auto --jobs "${SLURM_CPUS_PER_TASK:-1}" -o "$out" "$@"
