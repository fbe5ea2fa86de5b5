#!/bin/bash
# From bundled videos and formula weights to metrics, each of the five systems; the same command gives the same bytes.
source "$(dirname "$0")/lib_eval.sh"

# scored NAME ARGUMENTS...: weights by the formula, the run, its metrics
scored() {
  local name=$1
  shift
  "$formula" "$name.safetensors" "$@"
  status 0 "$eval" "$@" --weights "$name.safetensors" "${data[@]}" -o "$name.h5" --save-picks "$name.json" "${extra[@]}"
  has "over 4 videos"
  has "GMACs a video"
  says "scored 4 videos"
  [[ -s $name.h5.manifest.json ]] || fail "$name: no manifest"
  grep -q '"vs.plan/1"' "$name.json" || fail "$name: no plan"
  "$build/vs-extract" -q "$videos/all_intra.mp4" --at "$name.json" -o "frames-$name" || fail "$name: the plan does not extract"
}
extra=()

# MGSampler: motion measured on the way equals motion from a file.
mg=(--recipe mgsampler_tsm_r50_1x1x8_50e_sthv1_rgb --set model.backbone.depth=18 --set model.cls_head.in_channels=512
  --set model.cls_head.num_classes=3)
extra=(--motion-method ssim)
scored mgsampler "${mg[@]}"
"$build/vs-motion" -q "$videos"/{all_intra.mp4,low_fps_1.mp4,h264.ts,mpeg4_bframes.avi} -o motion.h5
status 0 "$eval" score mgsampler.h5
cp stdout measured
status 0 "$eval" -q "${mg[@]}" --weights mgsampler.safetensors "${data[@]}" -o file.h5 --motion motion.h5
cmp stdout measured || fail "motion from a file gives other metrics"
extra=()

# OCSampler chooses 4 of 10 frames; the same command gives the same bytes.
ocs=(--recipe mini_kinetics_10to4_resnet50 --set model.cls_head.num_classes=3)
scored ocsampler "${ocs[@]}"
equal 4 "$(grep -c '"id"' ocsampler.json)" "videos in the plan"
status 0 "$eval" -q "${ocs[@]}" --weights ocsampler.safetensors "${data[@]}" -o again.h5 --save-picks again.json
cmp ocsampler.h5 again.h5 || fail "the same command gives other bytes"
cmp ocsampler.json again.json || fail "the same command gives other picks"

# AdaFocusV2 keeps what it says after every frame: early exit needs no network any more.
extra=(--set data.test.0.num_segments=4 --sheet patches.png --video h264)
scored adafocus --recipe minik_p128_mbv2 --set model.num_classes=3 --set model.num_segments=4
extra=()
[[ $(head -c 4 patches.png | tail -c 3) == PNG ]] || fail "no sheet"
status 0 "$eval" exit adafocus.h5 --train adafocus.h5 --json
has '"anytime"'
equal 4 "$(grep -c '"stage"' stdout)" "points of the anytime curve"
status 2 "$eval" exit adafocus.h5 --train adafocus.h5 --budgets 0.5,2 -o left.h5
says "--output: holds the scores for one budget, --budgets names 2"
status 0 "$eval" exit adafocus.h5 --train adafocus.h5 --budgets 0.5 --json -o left.h5
gflops=$(sed -n '/"budgeted"/,/"anytime"/s/.*"gflops": \([0-9.]*\).*/\1/p' stdout)
top1=$(sed -n '/"budgeted"/,/"anytime"/s/.*"metric": \([0-9.]*\).*/\1/p' stdout)
status 0 "$eval" score left.h5 --json
equal "$top1" "$(sed -n 's/.*"top1_acc": \([0-9.]*\).*/\1/p' stdout)" "top-1 of the videos that left"
has "\"gflops_per_video\": $gflops"
status 2 "$eval" exit adafocus.h5 --train adafocus.h5 --budgets 0.5 -o left.h5
says "exists"
status 0 "$eval" exit adafocus.h5 --train adafocus.h5 --budgets 0.5 -o left.h5 --force
status 0 "$eval" exit adafocus.h5 --train adafocus.h5 --budgets 0.5,2 --measure entropy --metric top1 --gflops 8 --plot exit.svg
has " 8.000"
grep -q '</svg>' exit.svg || fail "no picture of the exits"

# DRCA at another number of kept frames; embeddings for retrieval.
scored drca --recipe DRCA-S-K6-128 --set model.cls_head.num_classes=3
status 0 "$eval" -q --recipe DRCA-S-K6-128 --set model.cls_head.num_classes=3 --pipeline val --weights drca.safetensors \
  "${data[@]}" -o val.h5
retrieval=(--recipe DRCA-S-K3-224 --set model.backbone.embed_dims=48 --set model.backbone.num_heads=4)
"$formula" retrieval.safetensors "${retrieval[@]}"
status 0 "$eval" "${retrieval[@]}" --weights retrieval.safetensors "${data[@]}" -o embeddings.h5
cat >fivr.json <<'EOF'
{"annotation": {"all_intra": {"ND": ["low_fps_1"], "DS": [], "CS": ["h264"], "IS": []}}}
EOF
status 0 "$eval" retrieve --queries embeddings.h5 --database embeddings.h5 --relevant fivr.json --best-clips 3
has "DSVR"
has "1 queries, 4 videos"

# ResKD: the student alone.
scored reskd --recipe rkd_r50_1x1x8_100e_minik --set model.backbone.low_res_cfg.depth=18 --set model.cls_head.in_channels=512 \
  --set model.cls_head.num_classes=3
echo ok
