#!/bin/sh
# Extraction as a SLURM job array: sbatch --array=1-16 slurm_array.sh LIST OUT_FOLDER
#
# --shard auto reads the array's own variables (SLURM_ARRAY_TASK_ID, _MIN, _COUNT): every task does its part of the list.
# A task that was killed or preempted goes on where it stopped when it is started again (sbatch --requeue).
#SBATCH --job-name=vs-extract
#SBATCH --cpus-per-task=2
#SBATCH --requeue
set -eu
list=$1
out=$2
mkdir -p "$out"
exec vs-extract --quiet --list "$list" --shard auto --jobs "${SLURM_CPUS_PER_TASK:-1}" --fps 4 --short-side 128 -o "$out/frames.h5"
