#!/bin/bash
# A training as users run it: what it writes, what it says, and that validation is what vs-eval says of the checkpoint.
source "$(dirname "$0")/lib_train.sh"

status 0 "$train" "${tiny[@]}" "${data[@]}" --val list.txt -o run --log-every 1 --tensorboard --depfile run.d --threads 1
says "epoch 1: top1_acc"
says "trained 12 iterations"
for file in last.safetensors last.state.safetensors best.safetensors epoch_6.safetensors metrics.jsonl curves.svg \
  recipe.json manifest.json; do
  [[ -s run/$file ]] || fail "no run/$file"
done
ls run/events.out.tfevents.* >/dev/null || fail "no event file"
[[ $(head -1 run/metrics.jsonl) == *vs.training_log/1* ]] || fail "the log has no schema"
equal 12 "$(records train run/metrics.jsonl)" "steps in the log"
equal 6 "$(records val run/metrics.jsonl)" "validations in the log"
grep -q '"tool": "vs-train"' run/manifest.json || fail "no manifest of vs-train"
grep -q 'last.safetensors' run.d || fail "no make rule: $(cat run.d)"
[[ $(tail -1 run/metrics.jsonl) == *'"mode": "val", "epoch": 6'* ]] || fail "the last line is no validation"

# Validation in the loop is vs-eval on the same checkpoint.
status 0 "$eval" -q "${tiny[@]}" "${data[@]}" --pipeline val --weights run/last.safetensors -o scores.h5 --threads 1 --json
for metric in top1_acc mean_class_accuracy; do
  want=$(tail -1 run/metrics.jsonl | grep -o "\"$metric\": [0-9.e-]*")
  got=$(tr -d '\n' <stdout | grep -o "\"$metric\": [0-9.e-]*" | head -1)
  equal "$want" "$got" "$metric of vs-train and of vs-eval"
done

# The same command gives the same weights; another seed, others.
status 0 "$train" -q "${tiny[@]}" "${data[@]}" -o again --threads 1 -j 3
cmp run/last.safetensors again/last.safetensors || fail "a second run has other weights"
status 0 "$train" -q "${tiny[@]}" "${data[@]}" -o other --threads 1 --seed 5
! cmp -s run/last.safetensors other/last.safetensors || fail "another seed has the same weights"

# It learns: four videos are soon known by heart.
sed -e 's/"RandomResizedCrop"/"CenterCrop", "crop_size": 64/; s/\b40\b/72/; s/\b32\b/64/g; s/"flip_ratio": 0.5/"flip_ratio": 0/' \
  tiny.json >centred.json
status 0 "$train" -q --recipe ./centred.json "${data[@]}" --val list.txt -o learns --json --set train.epochs=60 \
  --set train.validate_every=60 --set train.checkpoint_every=60 --set model.cls_head.dropout_ratio=0 \
  --set train.batch_size=4 --set train.optimizer.lr=0.004
has '"weights": "learns/last.safetensors"'
first=$(grep -m1 -o '"loss": [0-9.e-]*' learns/metrics.jsonl | cut -d' ' -f2)
# Single steps vary by a tenth, and with the rounding of the machine's kernels.
last=$(grep -o '"loss": [0-9.e-]*' learns/metrics.jsonl | tail -10 | awk '{ sum += $2 } END { print sum / NR }')
awk -v a="$first" -v b="$last" 'BEGIN { exit !(b < 0.8 * a) }' || fail "the loss went from $first to $last"

# From a checkpoint: another number of classes keeps the backbone.
status 0 "$train" "${tiny[@]}" "${data[@]}" --init run/last.safetensors --new-head -o tuned \
  --set model.cls_head.num_classes=5 --set train.epochs=1 --dtype bfloat16 --auto-scale-lr
says "head left to be initialised"
says "learning rates are 0.5 times"

# Averages, accumulated gradients, label smoothing and mixup are part of a recipe.
status 0 "$train" -q "${tiny[@]}" "${data[@]}" --val list.txt -o rich --set train.epochs=2 --set train.update_interval=2 \
  --set 'train.ema={"decay": 0.9}' --set 'train.mixup={"alpha": 0.2}' --save-every 1
[[ -s rich/best.safetensors ]] || fail "no best checkpoint"

# Frames chosen by motion, in training and validation.
"$build/vs-motion" -q "$videos"/{all_intra.mp4,low_fps_1.mp4,h264.ts,mpeg4_bframes.avi} -o motion.h5
sed 's/"SampleFrames", "clip_len": 1, "frame_interval": 1, "num_clips": 2/"MGSampleFrames", "num_segments": 2/' \
  tiny.json >guided.json
status 2 "$train" -q --recipe ./guided.json "${data[@]}" -o never
says "samples by motion"
status 0 "$train" -q --recipe ./guided.json "${data[@]}" --motion motion.h5 --val list.txt --val-data "$videos" \
  --val-motion motion.h5 --val-batch 2 -o guided --set train.epochs=1
equal 1 "$(records val guided/metrics.jsonl)" "validations with frames chosen by motion"

status 0 "$train" "${tiny[@]}" "${data[@]}" -o never --dry-run
has "4 videos, 6 epochs of 2 iterations of 2 videos"
status 0 "$train" "${tiny[@]}" --set train.optimizer.lr=0.5 --print-recipe -o never
has '"lr": 0.5'
[[ ! -e never ]] || fail "--dry-run or --print-recipe wrote something"
status 0 "$train" --list-recipes
has "tsm_r50_1x1x8_50e_sthv1_rgb"
