#!/bin/bash
# The same training on a GPU, in every precision, by one process and by two: close to the CPU's, and going on after
# SIGKILL.
source "$(dirname "$0")/lib_train.sh"
# A rate at which rounding is not amplified: batch normalisation of few images does that.
run=("$train" -q "${tiny[@]}" "${data[@]}" --val list.txt --threads 1 --log-every 1 --set train.optimizer.lr=0.0005)
if ! "${run[@]}" -o probe --device cuda --set train.epochs=1 2>stderr; then
  grep -qE "no GPU can be used|libvscuda.so" stderr || fail "$(cat stderr)"
  echo "skipped: $(cat stderr)"
  exit 77
fi

losses() { grep '"mode": "train"' "$1/metrics.jsonl" | grep -o '"loss": [0-9.e+-]*' | cut -d' ' -f2; }
# close RUN RUN MOST: losses of all steps, by how much of themselves they differ
close() {
  paste <(losses "$1") <(losses "$2") | awk -v most="$3" '
    { gap = $1 > $2 ? $1 - $2 : $2 - $1; if (NF != 2 || gap > most * ($1 + 1e-3)) { print "step " NR ": " $0; bad = 1 } }
    END { exit bad || NR == 0 }' || fail "losses of $1 and $2 are more than $3 apart"
}

status 0 "${run[@]}" -o cpu
status 0 "${run[@]}" -o float32 --device cuda
close cpu float32 1e-3
# Recorded steps, which those are, and steps that are launched.
status 0 "${run[@]/#-q/-v}" -o recorded --device cuda
says "steps of [2, 2, 3, 32, 32] are recorded"
status 0 "${run[@]/#-q/-v}" -o launched --device cuda --no-graphs
! grep -q recorded stderr || fail "--no-graphs: $(cat stderr)"
close recorded launched 1e-3
# Half precision: 8 and 11 bits of each number.
for dtype in bfloat16 float16; do
  status 0 "${run[@]}" -o $dtype --device cuda --dtype $dtype
  close cpu $dtype "${half_apart:-5e-2}"
done
grep -q '"loss_scale": ' float16/metrics.jsonl || fail "the log has no scale of the loss"
! grep -q '"loss_scale"' bfloat16/metrics.jsonl || fail "bfloat16 has a scale of the loss"
status 0 "${run[@]}" -o auto --device auto
close float32 auto 1e-3

# What was trained there is tested anywhere.
status 0 "$eval" -q "${tiny[@]}" "${data[@]}" --pipeline val --weights float32/last.safetensors -o scores.h5 --json
equal "$(tail -1 float32/metrics.jsonl | grep -o '"top1_acc": [0-9.]*')" \
  "$(tr -d '\n' <stdout | grep -o '"top1_acc": [0-9.]*' | head -1)" "validation on the GPU and on the CPU"
# To go on elsewhere would be another run.
status 2 "${run[@]}" -o float32 --resume --device cpu
says "device"

# Killed in the midst of an update, with averages and mixed videos, and gone on.
rich=(--set train.update_interval=3 --set train.epochs=60 --set train.checkpoint_every=60 --set train.validate_every=60
  --set 'train.ema={"decay": 0.9}' --set 'train.mixup={"alpha": 0.2}' --save-every 1 --device cuda)
for dtype in float32 float16; do
  status 0 "${run[@]}" "${rich[@]}" --dtype $dtype -o "whole_$dtype"
  "${run[@]}" "${rich[@]}" --dtype $dtype -o "killed_$dtype" &
  child=$!
  for _ in $(seq 1200); do
    [[ -e killed_$dtype/metrics.jsonl && $(wc -l <"killed_$dtype/metrics.jsonl") -gt 10 ]] && break
    sleep 0.05
  done
  kill -KILL $child
  wait $child 2>/dev/null || true
  status 0 "${run[@]}" "${rich[@]}" --dtype $dtype -o "killed_$dtype" --resume
  close "whole_$dtype" "killed_$dtype" 2e-2
done

# Two processes on one GPU, each with half of the videos, take the steps of one.
two=(--set model.cls_head.dropout_ratio=0 --device cuda:0)
status 0 "${run[@]}" "${two[@]}" --set train.batch_size=4 -o one
status 0 "${run[@]}" "${two[@]}" --set train.batch_size=2 --set train.sync_bn=true --nproc 2 -o two
close one two 1e-3

# Frames that are decoded there and never leave it.
status 0 "${run[@]/#-q/-v}" -o decoded --device cuda --hwaccel auto
! grep -q "auto: cuda decodes" stderr || says "frames stay on the GPU"
close float32 decoded 1e-4
