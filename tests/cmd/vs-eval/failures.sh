#!/bin/bash
# Wrong pairs and bad input: one clear line, the right exit code, nothing half-written.
source "$(dirname "$0")/lib_eval.sh"
run=("$eval" "${small[@]}")
untrained=("${run[@]}" --untrained)

status 2 "$eval"
says "--recipe: is missing"
status 2 "${untrained[@]}" -o x.h5
says "--annotations"
status 2 "${untrained[@]}" "${data[@]}"
says "--output"
status 2 "${run[@]}" "${data[@]}" -o x.h5
says "--weights"
status 2 "$eval" --recipe DRCA-S-K4-225 --untrained "${data[@]}" -o x.h5
says "did you mean DRCA-S-K4-224?"
status 2 "${untrained[@]}" "${data[@]}" --set model.backbon.depth=18 -o x.h5
says "backbone"
status 2 "$eval" --recipe frameexit_10_resnet50_activitynet --untrained "${data[@]}" -o x.h5
says "no such pipeline"
status 2 "${untrained[@]}" "${data[@]}" -o x.txt
status 2 "${untrained[@]}" "${data[@]}" -o none/x.h5

# Weights of another network.
"$formula" other.safetensors "${small[@]}" --set model.cls_head.num_classes=5
status 1 "${run[@]}" --weights other.safetensors "${data[@]}" -o x.h5
says "cls_head.fc_cls"
status 0 "${run[@]}" --weights other.safetensors --new-head "${data[@]}" -o head.h5
status 0 "${run[@]}" --weights other.safetensors --partial 'cls_head.*' --name-map none --inflate "${data[@]}" -o partial.h5
echo junk >junk.pth
status 1 "${run[@]}" --weights junk.pth "${data[@]}" -o x.h5

# Annotations that do not fit.
: >empty.txt
status 1 "${untrained[@]}" --annotations empty.txt --data "$videos" -o x.h5
printf 'all_intra.mp4 1\nh264.ts 3\n' >one_based.txt
status 1 "${untrained[@]}" --annotations one_based.txt --data "$videos" -o x.h5
says "labels seem to start at 1"
printf 'all_intra.mp4 0\nlow_fps_1.mp4 x\n' >bad.txt
status 1 "${untrained[@]}" --annotations bad.txt --data "$videos" -o x.h5
says "bad.txt:2"
mg=("$eval" --recipe mgsampler_tsm_r50_1x1x8_50e_sthv1_rgb --untrained "${data[@]}")
status 2 "${mg[@]}" -o x.h5
says "--motion-method"
"$build/vs-motion" -q "$videos/all_intra.mp4" -o motion.h5
status 1 "${mg[@]}" --motion motion.h5 -o x.h5
says "has no motion of 3 of 4 videos"
status 2 "${untrained[@]}" "${data[@]}" --motion motion.h5 --motion-values raw -o x.h5
says "does not sample by motion"
[[ ! -e x.h5 ]] || fail "something was written"

# Metrics: an unknown one is known before the run; one that does not fit the labels keeps the scores.
status 2 "${untrained[@]}" "${data[@]}" --metrics accuracy -o x.h5
says "is no metric"
[[ ! -e x.h5 ]] || fail "an unknown metric began a run"
sed 's/$/ 1/' list.txt >several.txt
several=("${untrained[@]}" --annotations several.txt --data "$videos" --multi-class --set 'test.metrics=["mean_class_accuracy"]')
status 1 "${several[@]}" -o several.h5
says "has 2 labels"
[[ -e several.h5 && -e several.h5.manifest.json && ! -e .several.h5.partial.log ]] || fail "the scores were not kept"
status 0 "$eval" score several.h5 --metrics mAP

# Bad videos: each is told, the others are scored, metrics say over how many.
cp list.txt some.txt
echo "not_a_video.mp4 0" >>some.txt
echo "nowhere 1" >>some.txt
some=(--annotations some.txt --data "$videos")
status 1 "${untrained[@]}" "${some[@]}" -o x.h5
says "nowhere"
status 1 "${untrained[@]}" "${some[@]}" --missing fail -o kept.h5 --failed failed.txt
has "over 4 videos; 2 more failed"
equal 2 "$(wc -l <failed.txt)" "failed videos"
status 1 "${untrained[@]}" "${some[@]}" --missing skip --suffix .mp4 -o left_out.h5
has "over 4 videos; 1 more failed"
status 1 "${untrained[@]}" "${some[@]}" --missing skip --strict -o strict.h5
[[ ! -e strict.h5 ]] || fail "a strict run wrote its output"

# A list that promises more frames than there are.
mkdir frames && "$build/vs-extract" -q "$videos/all_intra.mp4" -o frames
echo "all_intra 500 0" >long.txt
long=("${untrained[@]}" --annotations long.txt --data frames)
status 1 "${long[@]}" -o long.h5
status 0 "${long[@]}" --short-video last --jpeg-short-side 100 -o last.h5
status 0 "${long[@]}" --short-video modulo -o modulo.h5
echo ok
