#!/bin/bash
# Where vs-eval computes and decodes: what is refused before anything is written, and the CPU by its other name.
source "$(dirname "$0")/lib_eval.sh"
run=("$eval" "${small[@]}" --untrained --annotations list.txt --data "$videos")
printf 'h264.ts 0\nlow_fps_1.mp4 1\n' >list.txt
# Whatever this machine has, none of these processes sees a GPU.
export CUDA_VISIBLE_DEVICES=
refused() {
  status 2 "${run[@]}" -o out.h5 "${@:2}"
  equal 1 "$(wc -l <stderr)" "lines on stderr: $(cat stderr)"
  says "$1"
  [[ ! -e out.h5 && -z $(find . -name '*.partial') ]] || fail "a refused run left something"
}
refused "--device cuda: " --device cuda
refused "--device cuda:3: " --device cuda:3
refused "--device tpu: is no device" --device tpu
refused "--dtype float16: is for GPUs" --dtype float16
refused "--hwaccel nothing: " --hwaccel nothing
status 0 "${run[@]}" -o out.h5 --device cuda --dtype float16 --dry-run

status 0 "${run[@]}" -o cpu.h5
status 0 "${run[@]}" -o auto.h5 --device auto --hwaccel auto
says "--device auto: computes on the CPU"
says "--hwaccel auto: the CPU decodes"
# The manifest has what came of it.
for word in '"device": "cpu"' '"hwaccel": "none"'; do
  grep -q "$word" auto.h5.manifest.json || fail "the manifest does not say $word"
done
status 0 "$eval" compare cpu.h5 auto.h5
has "0 videos are predicted differently"
echo ok
