#!/bin/bash
# The teacher's outputs, computed once: the student is that of a run with the teacher.
source "$(dirname "$0")/lib_distill.sh"
calm=(--set train.optimizer.lr=0.001 --set train.epochs=4 --set train.checkpoint_every=4)
terms=(--term scores:1:3 --term features:10 --views 2)

status 0 "$distill" -q "${pair[@]}" "${calm[@]}" "${terms[@]}" -o live
status 0 "$distill" "${pair[@]}" "${calm[@]}" "${terms[@]}" --cache-teacher t.h5 -o kept
says "2 views of 4 videos"
[[ -s t.h5.manifest.json ]] || fail "no manifest beside the outputs"
within live/last.safetensors kept/last.safetensors "with and without outputs that were kept"
# They are used, not computed again.
stamp=$(stat -c %Y.%i t.h5)
status 0 "$distill" "${pair[@]}" "${calm[@]}" "${terms[@]}" --cache-teacher t.h5 -o again
equal "$stamp" "$(stat -c %Y.%i t.h5)" "the file of outputs"
if grep -q "the teacher looks" stderr; then fail "the teacher ran again"; fi
cmp kept/last.safetensors again/last.safetensors || fail "a second run has other weights"
# Other weights and temperatures use the same file, several processes too.
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" --term scores:2:1 --term features --views 2 --cache-teacher t.h5 -o other
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" "${terms[@]}" --cache-teacher t.h5 -o two --nproc 2 --set train.batch_size=1
# Fixed views differ from new ones.
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" --term scores:1:3 --term features:10 -o anew
! cmp -s live/last.safetensors anew/last.safetensors || fail "views drawn anew are the fixed ones"

# A file of something else is refused by what differs; --force makes it anew.
wrong() { # TEXT OPTIONS...
  local text=$1
  shift
  status 2 "$distill" -q "${pair[@]}" "${calm[@]}" --cache-teacher t.h5 -o never "$@"
  says "$text"
}
wrong "views was 2, is 3" --term scores --term features --views 3
wrong "seed was 0, is 5" "${terms[@]}" --seed 5
wrong "parts" --term scores --views 2
wrong "pipeline" "${terms[@]}" --set data.train.4.flip_ratio=0
wrong "stored" "${terms[@]}" --cache-dtype float16
head -3 list.txt >shorter.txt
wrong "videos" "${terms[@]}" --annotations shorter.txt
trained wide
status 2 "$distill" -q "${pair[@]}" "${calm[@]}" "${terms[@]}" --cache-teacher t.h5 -o never --teacher-recipe ./wide.json \
  --teacher wide.safetensors
says "teacher"
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" "${terms[@]}" --cache-teacher t.h5 --cache-dtype float16 -o halves --force \
  --log-every 1
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" "${terms[@]}" -o floats --log-every 1
first_loss() { grep -m1 -o '"loss_kd": [0-9.e-]*' "$1/metrics.jsonl" | cut -d' ' -f2; }
awk -v a="$(first_loss halves)" -v b="$(first_loss floats)" 'BEGIN { d = a - b; exit !(d < 1e-3 * b && d > -1e-3 * b && a != b) }' ||
  fail "halves give $(first_loss halves), not about $(first_loss floats)"

# Killed while it is computed: it goes on.
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" --term scores --views 40 --cache-teacher whole.h5 -o w
kills=0
for try in $(seq 12); do
  "$distill" -q "${pair[@]}" "${calm[@]}" --term scores --views 40 --cache-teacher killed.h5 -o k$try >/dev/null 2>&1 &
  child=$!
  sleep "0.$((RANDOM % 6 + 3))"
  [[ -e killed.h5 ]] || kills=$((kills + 1))
  kill -KILL $child 2>/dev/null || true
  wait $child 2>/dev/null || true
  [[ ! -e killed.h5 ]] || break
done
[[ $kills -gt 0 ]] || fail "no run was killed"
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" --term scores --views 40 --cache-teacher killed.h5 -o k
cmp whole.h5 killed.h5 || fail "a killed run has other outputs"

# ResKD's recipe with a teacher in evaluation mode; it is not in the checkpoint then.
eval_mode=(--set train.distillation.teacher_eval=true --views 2)
status 0 "$distill" -q "${rkd[@]}" "${calm[@]}" "${eval_mode[@]}" -o rkd_live
status 0 "$distill" -q "${rkd[@]}" "${calm[@]}" "${eval_mode[@]}" --cache-teacher r.h5 -o rkd_kept
within rkd_live/last.safetensors rkd_kept/last.safetensors "ResKD with and without outputs that were kept"
if grep -aq high_res_path rkd_kept/last.safetensors; then fail "the teacher is in the checkpoint"; fi
status 0 "$eval" -q --recipe ./rkd.json "${data[@]}" --pipeline val --weights rkd_kept/last.safetensors -o s.h5 --threads 1
