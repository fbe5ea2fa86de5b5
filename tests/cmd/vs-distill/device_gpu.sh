#!/bin/bash
# Teachers of every kind on a GPU: run with the student, said once and kept, and in one recipe with it.
source "$(dirname "$0")/lib_distill.sh"
calm=(--set train.optimizer.lr=0.0005 --log-every 1)
if ! "$distill" -q "${pair[@]}" "${calm[@]}" -o probe --device cuda 2>stderr; then
  grep -qE "no GPU can be used|libvscuda.so" stderr || fail "$(cat stderr)"
  [[ ! -e probe ]] || fail "a run that is refused left something"
  echo "skipped: $(cat stderr)"
  exit 77
fi

# close RUN RUN MOST: what the teacher's term of the loss is, by how much of itself it differs
terms() { grep -o '"loss_kd": [0-9.e+-]*' "$1/metrics.jsonl" | cut -d' ' -f2; }
close() {
  paste <(terms "$1") <(terms "$2") | awk -v most="$3" '
    { gap = $1 > $2 ? $1 - $2 : $2 - $1; if (NF != 2 || gap > most * ($1 + 1e-3)) { print "step " NR ": " $0; bad = 1 } }
    END { exit bad || NR == 0 }' || fail "terms of $1 and $2 are more than $3 apart"
}

status 0 "$distill" -q "${pair[@]}" "${calm[@]}" --views 2 -o cpu
for dtype in float32 bfloat16 float16; do
  status 0 "$distill" -q "${pair[@]}" "${calm[@]}" --views 2 --device cuda --dtype $dtype -o "run_$dtype"
  most=${half_apart:-0.1}
  if [[ $dtype == float32 ]]; then most=1e-3; fi
  close cpu "run_$dtype" $most
done
# What it says once on the GPU serves there and on the CPU.
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" --views 2 --device cuda --cache-teacher t.h5 -o cached
close run_float32 cached 1e-3
before=$(stat -c %Y t.h5)
status 0 "$distill" -q "${pair[@]}" "${calm[@]}" --views 2 --cache-teacher t.h5 -o cached_cpu
equal "$before" "$(stat -c %Y t.h5)" "time of the teacher's file"
close cpu cached_cpu 1e-3
# ResKD's own recipes.
status 0 "$distill" -q "${rkd[@]}" "${calm[@]}" -o rkd_cpu
status 0 "$distill" -q "${rkd[@]}" "${calm[@]}" --device cuda -o rkd_gpu
close rkd_cpu rkd_gpu 1e-3
[[ -s rkd_gpu/student.safetensors ]] || fail "no student"
