#!/bin/bash
# Killed and gone on with, and in several processes: the same bytes.
source "$(dirname "$0")/lib_distill.sh"
long=(--set train.epochs=40 --set train.checkpoint_every=40 --save-every 1 --log-every 1)

for kind in rkd pair; do
  declare -n options=$kind
  run=("$distill" -q "${options[@]}" "${long[@]}" --val list.txt)
  [[ $kind == rkd ]] || run+=(--teacher-recipe ./wide.json --teacher wide.safetensors --term features --term scores --views 3)
  [[ $kind == rkd ]] || trained wide
  status 0 "${run[@]}" -o $kind.whole
  kills=0
  for try in $(seq 20); do
    "${run[@]}" -o $kind.killed --resume >/dev/null 2>&1 &
    child=$!
    sleep "0.$((RANDOM % 6 + 4))$try"
    kill -KILL $child 2>/dev/null || true
    if wait $child 2>/dev/null; then break; fi
    kills=$((kills + 1))
  done
  [[ $kills -gt 0 ]] || fail "no run was killed"
  "${run[@]}" -o $kind.killed --resume
  for file in last best student last.state; do
    cmp $kind.whole/$file.safetensors $kind.killed/$file.safetensors || fail "$kind: $file has other bytes after $kills kills"
  done
done

# Two processes with half the batch each, statistics over both: the network of one.
quiet=(--set model.cls_head.dropout_ratio=0 --set train.optimizer.lr=0.0005 --set train.sync_bn=true)
status 0 "$distill" -q "${pair[@]}" "${quiet[@]}" --val list.txt --test-last -o one
status 0 "$distill" -q "${pair[@]}" "${quiet[@]}" --val list.txt --test-last -o two --nproc 2 --set train.batch_size=1
within one/last.safetensors two/last.safetensors "two processes" 1e-4
equal "$(metric top1_acc one/test_last.json)" "$(metric top1_acc two/test_last.json)" "tests of one and of two processes"
status 0 "$distill" -q "${rkd[@]}" -o bf16 --dtype bfloat16
