#!/bin/bash
# Where a training computes: what is refused before anything is written, and the CPU by its other name.
source "$(dirname "$0")/lib_train.sh"
run=("$train" "${tiny[@]}" "${data[@]}" --val list.txt --threads 1 --log-every 1)
refused() {
  equal 1 "$(wc -l <stderr)" "lines on stderr: $(cat stderr)"
  says "$1"
  [[ ! -e out ]] || fail "a refused run left something"
}
# Whatever this machine has, none of these processes sees a GPU.
export CUDA_VISIBLE_DEVICES=

status 2 "${run[@]}" -o out --device cuda
refused "--device cuda: "
status 2 "${run[@]}" -o out --device cuda:3
refused "--device cuda:3: "
status 2 "${run[@]}" -o out --device cuda --dtype bfloat16 --resume
refused "--device cuda: "
status 2 "${run[@]}" -o out --device tpu
refused "--device tpu: is no device"
status 2 "${run[@]}" -o out --dtype float16
refused "--dtype float16: is for GPUs"
status 2 "${run[@]}" -o out --dtype float8
says "float8"
status 2 "${run[@]}" -o out --device auto --nproc 2
refused "--device auto: is for one process"
RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29511 status 2 "${run[@]}" -o out --device auto
refused "--device auto: is for one process"
# Each process looks for the GPU of its number.
RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 MASTER_ADDR=127.0.0.1 MASTER_PORT=29511 status 2 "${run[@]}" -o out --device cuda
says "--device cuda:1: "
[[ ! -e out ]] || fail "a refused process left something"
status 2 "${run[@]}" -o out --device cuda --nproc 2
says "--device cuda:0: "
[[ ! -e out ]] || fail "refused processes left something"

# What would be done needs no device.
status 0 "${run[@]}" -o out --device cuda --dry-run
[[ ! -e out ]] || fail "--dry-run left something"

# Where no GPU answers, auto is the CPU, and says so.
status 0 "${run[@]}" -o cpu --device cpu --no-graphs
status 0 "${run[@]}" -o auto --device auto
says "--device auto: computes on the CPU"
for file in last.safetensors last.state.safetensors best.safetensors; do
  cmp "cpu/$file" "auto/$file" || fail "auto gives another $file"
done
