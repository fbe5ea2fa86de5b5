#!/bin/bash
# vs-eval on a GPU: the CPU's scores, and the very same ones where the GPU decodes too and frames never leave it.
source "$(dirname "$0")/lib_eval.sh"
run=("$eval" "${small[@]}" --untrained --annotations list.txt --data "$videos")
printf '%s\n' 'h264.ts 0' 'low_fps_1.mp4 1' 'bbb_720p.mp4 2' 'all_intra.mp4 0' 'mpeg4_bframes.avi 1' >list.txt
if ! "${run[@]}" -q -o probe.h5 --device cuda 2>stderr; then
  grep -qE "no GPU can be used|libvscuda.so" stderr || fail "$(cat stderr)"
  echo "skipped: $(cat stderr)"
  exit 77
fi
status 0 "${run[@]}" -o cpu.h5
status 0 "$eval" compare cpu.h5 probe.h5
has "0 videos are predicted differently"

status 0 "${run[@]}" -v -o gpu.h5 --device cuda --deterministic
if ! "${run[@]}" -v -o decoded.h5 --device cuda --deterministic --hwaccel cuda 2>stderr; then
  grep -q "does not open" stderr || fail "$(cat stderr)"
  echo "not run: $(cat stderr)"
  exit 0
fi
says "frames stay on the GPU"
# A video of another codec comes from the CPU, in the same batch.
says "mpeg4_bframes.avi: decoded on the CPU"
# A figure of all scores that no difference leaves as it is.
likelihood() { "$eval" score "$1" --metrics calibration --json | grep '"negative_log_likelihood"'; }
for pipeline in test val; do
  for jobs in 1 4; do
    common=(-q --force --device cuda --deterministic --pipeline $pipeline --jobs $jobs --batch 3)
    status 0 "${run[@]}" -o gpu.h5 "${common[@]}"
    status 0 "${run[@]}" -o decoded.h5 "${common[@]}" --hwaccel cuda
    equal "$(likelihood gpu.h5)" "$(likelihood decoded.h5)" "scores, $pipeline, $jobs jobs"
  done
done
echo ok
