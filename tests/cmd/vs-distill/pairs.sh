#!/bin/bash
# Any teacher to any student: kinds, sizes and widths may differ; the student stands for itself afterwards.
source "$(dirname "$0")/lib_distill.sh"
trained wide
trained clips

# What would be trained: the student's pipeline at the teacher's size, in the student's size again for validation.
status 0 "$distill" "${pair[@]}" -o never --print-recipe
tr -d '\n ' <stdout >flat
grep -q '"scale":\[64,64\]' flat || fail "frames are not the teacher's: $(cat flat)"
grep -q '"student_size":\[32,32\]' flat || fail "the student's frames are not its own"
grep -q '"crop_size":32' flat || fail "validation is not at the student's size"
status 0 "$distill" "${pair[@]}" --student-size 48 -o never --print-recipe
tr -d '\n ' <stdout >flat
grep -q '"student_size":\[48,48\]' flat && grep -q '"crop_size":48' flat || fail "--student-size: $(cat flat)"
[[ ! -e never ]] || fail "--print-recipe wrote something"

# Images by a wider network of images, by its maps.
wide=(--recipe ./student.json --teacher-recipe ./wide.json --teacher wide.safetensors "${data[@]}" --threads 1)
status 0 "$distill" -q "${wide[@]}" --val list.txt --term features:1 --term pooled --term score_maps:5:2 --term scores -o wide \
  --test-best
grep -q '"loss_score_maps"' wide/metrics.jsonl || fail "the log lacks a term"
grep -aq adaptation.features wide/last.safetensors || fail "no layer between the widths was learned"
if grep -aq adaptation wide/student.safetensors; then fail "the student alone has the layer between"; fi
for weights in student best; do
  status 0 "$eval" -q --recipe ./student.json "${data[@]}" --pipeline val --weights wide/$weights.safetensors \
    -o $weights.h5 --threads 1 --json
  equal "$(metric top1_acc wide/test_best.json)" "$(metric top1_acc stdout)" "top1_acc of $weights"
done

# Images by clips, clips by images: all frames are the student's.
for terms in "scores" "pooled:2" "features:0.5" "score_maps:5:2"; do
  status 0 "$distill" -q --recipe ./student.json --teacher-recipe ./clips.json --teacher clips.safetensors "${data[@]}" \
    --threads 1 --term $terms -o "by_clips_$terms" --set train.epochs=1
  status 0 "$distill" -q --recipe ./clips.json --teacher-recipe ./wide.json --teacher wide.safetensors "${data[@]}" \
    --threads 1 --term $terms -o "by_images_$terms" --set train.epochs=1
done
status 0 "$eval" -q --recipe by_images_scores/student.json "${data[@]}" --pipeline val \
  --weights by_images_scores/student.safetensors -o clips.h5 --threads 1

# A weight of 0 is the student alone, at its teacher's frames.
status 0 "$distill" -q "${pair[@]}" --term scores:0 -o none
status 0 "$distill" -q "${pair[@]}" --term scores:1 -o some
! cmp -s none/last.safetensors some/last.safetensors || fail "the teacher changes nothing"

# Report: gain, a paired test, cost of both.
status 0 "$train" -q --recipe ./student.json "${data[@]}" --val list.txt --test-last -o alone --threads 1
status 1 "$distill" -q "${pair[@]}" --val list.txt --baseline alone --teacher-metrics teacher.run -o taught
says "teacher.run: holds no metrics"
status 0 "$train" -q --recipe ./teacher.json "${data[@]}" --val list.txt --test-last -o teacher_run --threads 1
status 0 "$distill" -q "${pair[@]}" --val list.txt --test-last --baseline alone --teacher-metrics teacher_run -o taught
has "GFLOPs"
has "McNemar"
for key in '"gain"' '"paired"' '"latency_s"' '"memory_bytes"' '"baseline"'; do
  grep -q "$key" taught/report.json || fail "the report lacks $key"
done
status 0 "$distill" -q "${pair[@]}" -o json --report --json
has '"report": {'
