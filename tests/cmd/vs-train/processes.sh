#!/bin/bash
# Several processes: half the batch each gives the weights of one with all of it; a dead one ends the others, and the
# run goes on; launchers are understood.
source "$(dirname "$0")/lib_train.sh"
apart=$build/tests/vs-weights-difference
# Nothing random but crops: drop-out draws by process.
# A rate at which rounding is not amplified: batch normalisation of few images does that.
quiet=(--set model.cls_head.dropout_ratio=0 --set train.optimizer.lr=0.0005 --set train.epochs=20 --set train.checkpoint_every=20 --threads 1 -q)
within() { awk -v got="$1" 'BEGIN { exit !(got < 1e-5) }' || fail "$2: $1 apart"; }

# 20 steps of batch 4, with statistics over all processes: the batch normalisation sees the same numbers.
batch() { echo "--set train.batch_size=$1"; }
# shellcheck disable=SC2046
status 0 "$train" "${tiny[@]}" "${data[@]}" $(batch 4) --val list.txt "${quiet[@]}" -o one
# shellcheck disable=SC2046
status 0 "$train" "${tiny[@]}" "${data[@]}" $(batch 2) --val list.txt "${quiet[@]}" --set train.sync_bn=true --nproc 2 -o two
read -r gap where <<<"$("$apart" one/last.safetensors two/last.safetensors)"
within "$gap" "two processes after 20 steps, in $where"
equal "$(grep -c . one/metrics.jsonl)" "$(grep -c . two/metrics.jsonl)" "lines of the logs"
equal "$(tail -1 one/metrics.jsonl | grep -o '"top1_acc": [0-9.]*')" \
  "$(tail -1 two/metrics.jsonl | grep -o '"top1_acc": [0-9.]*')" "validation of one and of two processes"
# shellcheck disable=SC2046
status 0 "$train" "${tiny[@]}" "${data[@]}" $(batch 1) "${quiet[@]}" --set train.sync_bn=true --nproc 4 -o four
read -r gap where <<<"$("$apart" one/last.safetensors four/last.safetensors)"
within "$gap" "four processes after 20 steps, in $where"

# As torchrun starts them.
port=$((20000 + RANDOM % 20000))
run=("$train" "${tiny[@]}" "${data[@]}" --set train.batch_size=2 "${quiet[@]}" --set train.sync_bn=true)
started() { RANK=$1 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port "${run[@]}" -o launched "${@:2}"; }
started 1 &
status 0 started 0
wait $! || fail "rank 1 failed"
cmp two/last.safetensors launched/last.safetensors || fail "a launcher's processes give other weights than --nproc"
RANK=0 WORLD_SIZE=2 status 2 "${run[@]}" -o never
says "MASTER_ADDR: is not set"
RANK=2 WORLD_SIZE=2 status 2 "${run[@]}" -o never
says "RANK"

# One is killed: the other says so and ends; --resume goes on to the same weights.
long=("${run[@]}" --set train.epochs=60 --set train.checkpoint_every=60 --timeout 20 -o dead)
status 0 "${long[@]}" -o whole --nproc 2
port=$((port + 1))
ranked() { RANK=$1 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port exec "${long[@]}" "${@:2}"; }
(ranked 0) 2>first.txt &
first=$!
(ranked 1) 2>second.txt &
second=$!
for _ in $(seq 400); do
  [[ -e dead/metrics.jsonl && $(wc -l <dead/metrics.jsonl) -gt 10 ]] && break
  sleep 0.05
done
kill -KILL $second
got=0
wait $first || got=$?
equal 2 $got "exit code of the survivor"
grep -q "rank 1 is gone" first.txt || fail "it does not say who is gone: $(cat first.txt)"
status 0 "${long[@]}" --nproc 2 --resume
cmp whole/last.safetensors dead/last.safetensors || fail "other weights after a rank died"

# A signal to the launcher stops all of them after the same iteration.
setsid --wait "${long[@]}" -o stopped --nproc 2 2>stderr &
waiter=$!
for _ in $(seq 400); do
  [[ -e stopped/metrics.jsonl && $(wc -l <stopped/metrics.jsonl) -gt 8 ]] && break
  sleep 0.05
done
pkill -TERM -o -f -- '-o stopped --nproc' || true
got=0
wait $waiter || got=$?
if [[ $got != 0 ]]; then
  equal 143 $got "exit code of the launcher"
  status 0 "${long[@]}" -o stopped --nproc 2 --resume
fi
cmp whole/last.safetensors stopped/last.safetensors || fail "other weights after a signal"
