#!/bin/bash
# What goes wrong gets one line and leaves the last good checkpoint.
source "$(dirname "$0")/lib_train.sh"
run=("$train" -q "${tiny[@]}" --threads 1)
one_line() { equal 1 "$(wc -l <stderr)" "lines on stderr: $(cat stderr)"; }

status 2 "$train" -o out
says "--recipe: is missing"
status 2 "${run[@]}" -o out
says "--annotations: is missing"
status 2 "${run[@]}" "${data[@]}"
says "--output: is missing"
status 2 "$train" --recipe frameexit_10_resnet50_activitynet "${data[@]}" -o out
says "says nothing of training"
status 2 "${run[@]}" "${data[@]}" -o out --set train.optimizer.momentun=0.5
says "momentum"
status 1 "${run[@]}" "${data[@]}" -o out --set train.optimizer.type=Adamax
says "train.optimizer.type"
sed 's/ 2$/ 3/' list.txt >labels.txt
status 1 "${run[@]}" --annotations labels.txt --data "$videos" -o out
says "label 3"
one_line
status 1 "${run[@]}" --annotations list.txt --data . -o out
says "all_intra.mp4"
: >empty.txt
status 1 "${run[@]}" --annotations empty.txt -o out
status 2 "${run[@]}" "${data[@]}" -o out --val list.txt --set data.val=null
[[ ! -e out ]] || fail "a refused run left something"

# A loss that is no number stops the run; what was saved before is whole.
status 1 "${run[@]}" "${data[@]}" -o nan --set train.optimizer.lr=1e6 --set train.grad_clip=null --save-every 1
says "the loss is"
[[ -s nan/last.safetensors ]] || fail "the checkpoint before is gone"

# A video that cannot be read is told and left out; with --strict it ends the run.
printf 'not_a_video.mp4 0\n' | cat list.txt - >broken.txt
status 0 "$train" "${tiny[@]}" --annotations broken.txt --data "$videos" -o broken --set train.epochs=1 --threads 1
says "not_a_video.mp4"
grep -q '"failed": 1' broken/manifest.json || fail "the manifest does not say that one failed"
status 1 "${run[@]}" --annotations broken.txt --data "$videos" -o strict --strict
says "not_a_video.mp4"

# A full disk while saving.
if mkdir disk && mount -t tmpfs -o size=700k tmpfs disk 2>/dev/null; then
  trap 'umount "$scratch/disk" 2>/dev/null || true; rm -rf "$scratch"' EXIT
  status 2 "${run[@]}" "${data[@]}" -o disk/run --save-every 1
  one_line
  umount disk
fi

# A second run in one folder is told which process is there; a killed one leaves no lock.
long=("${run[@]}" "${data[@]}" -o held --set train.epochs=5000)
"${long[@]}" &
holder=$!
for _ in $(seq 600); do
  [[ -s held/metrics.jsonl ]] && break
  sleep 0.05
done
status 2 "${long[@]}" --resume
says "held: process $holder on "
one_line
status 2 "${long[@]}" --force --nproc 2
says "held: process $holder on "
kill -KILL $holder
wait $holder 2>/dev/null || true
[[ -e held/.vs-train.lock ]] || fail "the run held no lock"
status 0 "${run[@]}" "${data[@]}" -o held --force --set train.epochs=1
[[ ! -e held/.vs-train.lock ]] || fail "the lock is left"

# A checkpoint that was damaged is not gone on from.
status 0 "${run[@]}" "${data[@]}" -o damaged --set train.epochs=1 --set train.checkpoint_every=5
for file in damaged/*.state.safetensors; do printf 'x' | dd of="$file" bs=1 seek=40 conv=notrunc status=none; done
status 2 "${run[@]}" "${data[@]}" -o damaged --set train.epochs=1 --set train.checkpoint_every=5 --resume
says "damaged"
