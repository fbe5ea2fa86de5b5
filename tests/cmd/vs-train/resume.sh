#!/bin/bash
# A run that was stopped anywhere, by a signal or by SIGKILL, and went on ends with the bytes of one never stopped.
source "$(dirname "$0")/lib_train.sh"
run=("$train" -q "${tiny[@]}" "${data[@]}" --val list.txt --threads 1 --log-every 1 --set train.update_interval=3
  --set train.epochs=12 --set 'train.ema={"decay": 0.9}' --set 'train.mixup={"alpha": 0.2}' --save-every 1)

status 0 "${run[@]}" -o whole
same() {
  for file in last.safetensors best.safetensors epoch_12.safetensors last.state.safetensors; do
    cmp "whole/$file" "$1/$file" || fail "$1/$file has other bytes after $2"
  done
  sed 's/"time".*//' "$1/metrics.jsonl" >got.txt
  sed 's/"time".*//' whole/metrics.jsonl | cmp - got.txt || fail "$1/metrics.jsonl has other lines after $2"
}
# wait_for FILE LINES: until a log has so many
wait_for() {
  for _ in $(seq 600); do
    [[ -e $1 && $(wc -l <"$1") -ge $2 ]] && return
    sleep 0.05
  done
  fail "no $2 lines in $1"
}

for signal in INT TERM USR1; do
  case $signal in INT) code=130 ;; TERM) code=143 ;; USR1) code=138 ;; esac
  # Not as a job of the shell: those ignore SIGINT.
  setsid --wait "${run[@]}" -o "$signal" 2>stderr &
  waiter=$!
  wait_for "$signal/metrics.jsonl" 6
  pkill -"$signal" -f -- "-o $signal\$" || true
  got=0
  wait $waiter || got=$?
  if [[ $got != 0 ]]; then
    equal $code $got "exit code after SIG$signal"
    status 0 "${run[@]}" -o "$signal" --resume
  fi
  same "$signal" "SIG$signal"
done

kills=0
for try in $(seq 40); do
  "${run[@]}" -o killed --resume >/dev/null 2>&1 &
  child=$!
  sleep "0.$((RANDOM % 5 + 3))$try"
  kill -KILL $child 2>/dev/null || true
  if wait $child 2>/dev/null; then break; fi
  kills=$((kills + 1))
done
[[ $kills -gt 0 ]] || fail "no run was killed"
"${run[@]}" -o killed --resume
same killed "$kills kills"

# What would not be the same run is refused, and what it is said.
status 2 "${run[@]}" -o whole
says "holds a run"
status 2 "${run[@]}" -o whole --resume --set train.optimizer.lr=0.5
says "lr"
head -3 list.txt >shorter.txt
status 2 "${run[@]}" --annotations shorter.txt -o whole --resume
says "data"
status 0 "${run[@]}" -o whole --force --set train.epochs=1
equal 2 "$(records train whole/metrics.jsonl)" "steps after --force"
