#!/bin/bash
# ResKD as published: what vs-train would do with the same recipe, and what comes of it for vs-eval.
source "$(dirname "$0")/lib_distill.sh"

status 0 "$distill" "${rkd[@]}" --val list.txt --test-last --test-best -o run --log-every 1
says "trained 4 iterations"
has "top1_acc"
for file in last best epoch_2 student; do [[ -s run/$file.safetensors ]] || fail "no run/$file.safetensors"; done
grep -q '"tool": "vs-distill"' run/manifest.json || fail "no manifest of vs-distill"
grep -q "$(sha256sum <teacher.safetensors | cut -d' ' -f1)" run/manifest.json || fail "no hash of the teacher in the manifest"
grep -q '"loss_kd"' run/metrics.jsonl || fail "the log has no loss_kd"

# The same as vs-train with the teacher named in the recipe: bit by bit.
status 0 "$train" -q --recipe ./rkd.json "${data[@]}" --threads 1 -o by_train \
  --set 'model.backbone={"type": "RKD", "low_res_cfg": '"$(resnet 8)"', "high_res_cfg": '"$(resnet 8)"', "low_img_res": [32, 32], "high_feat_size": [2, 2], "pretrained_t": "teacher.safetensors"}'
cmp run/last.safetensors by_train/last.safetensors || fail "vs-train gives another student"

# Tests are vs-eval on the checkpoints; the student alone goes by its own recipe.
status 0 "$eval" -q --recipe ./rkd.json "${data[@]}" --pipeline val --weights run/last.safetensors -o s.h5 --threads 1 --json
for name in top1_acc mean_class_accuracy; do
  equal "$(metric $name run/test_last.json)" "$(metric $name stdout)" "$name of --test-last and of vs-eval"
done
status 0 "$eval" compare run/test_last.h5 s.h5 --json
has '"only_first": 0'
status 0 "$eval" -q --recipe run/student.json "${data[@]}" --pipeline val --weights run/student.safetensors -o alone.h5 --threads 1
status 0 "$eval" -q --recipe ./student.json "${data[@]}" --pipeline val --weights run/student.safetensors -o plain.h5 --threads 1

# A student may begin with the weights of its own recipe.
trained student
status 0 "$distill" "${rkd[@]}" --init student.safetensors -o tuned
says "student.safetensors"
status 0 "$distill" -q "${rkd[@]}" --init run/last.safetensors -o further
status 0 "$distill" -q "${pair[@]}" --init student.safetensors --term pooled -o pair --set train.epochs=1

# Another teacher is another run; so is a teacher that moved elsewhere not.
status 2 "$distill" "${rkd[@]}" --val list.txt -o run
says "holds a run"
cp teacher.safetensors elsewhere.safetensors
status 0 "$distill" -q "${rkd[@]}" --val list.txt -o run --resume --teacher elsewhere.safetensors
status 2 "$distill" -q "${rkd[@]}" --val list.txt -o run --resume --teacher run/last.safetensors
says "teacher"
