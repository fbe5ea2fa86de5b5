#!/bin/bash
# What vs-flops counts: conventions by name, the tree, JSON and CSV, shapes, changes of the recipe.
source "$(dirname "$0")/lib_flops.sh"

model='{"type": "Recognizer2D", "backbone": {"type": "ResNet", "depth": 50},
        "cls_head": {"type": "TSNHead", "num_classes": 1000, "in_channels": 2048}}'
status 0 "$flops" --model "$model" --shape 224
has "one video of 1x3x224x224: 25557032 parameters"
total mac 4089184256
total flop 8178368512
has "8.18 G FLOPs (2 x MACs)"
total mmcv 4121924096
total fvcore 4111512576
echo "$model" >model.json
status 0 "$flops" --model model.json --shape 1,3,224,224 --depth 0
has "4121924096"
lacks "layer1"
status 0 "$flops" --model model.json --shape 1 3 224 224 --depth=3 --convention fvcore
has "layer1"
grep -q "^module.*fvcore.*activations" stdout || fail "the column is not named: $(head -1 stdout)"
status 0 "$flops" --model model.json --shape 340,256 --convention mmcv --json --depth 1
has '"convention": "mmcv"'
grep -q '"mac": [0-9]*, "flop": [0-9]*, "mmcv": [0-9]*, "fvcore": [0-9]*' stdout || fail "conventions in JSON"

status 0 "$flops" --recipe DRCA-S-K4-224 --convention fvcore --json
has '"cost": 33552889728'
status 0 "$flops" --recipe DRCA-S-K4-224 --set model.backbone.comp_k=2 --csv --depth 0
has "DRCA-S-K4-224,Recognizer3D,0,40018665,"
has ",28353652608,"
status 0 "$flops" --recipe DRCA-S-K4-224 --set model.backbone.comp_module=resblock_3d --depth 1
has "37104221568"

status 0 "$flops" --recipe activitynet_10to6_resnet50
has "sampler (MobileNetV2Sampler)"
total mac 25551921664
total mmcv 25812
status 0 "$flops" --recipe actnet_p96_mbv2 --depth 1
total mac 17614649344
half=0.5,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.5
status 0 "$flops" --recipe actnet_p96_mbv2 --depth 1 --exit-fractions $half
has "expected over the given exits"
total mac 9357782464
# ResNet-18s of an eighth and a quarter of their width, frames of 48 pixels for the glance, a patch of 48.
small='"glance_arch": "res50", "glance_size": 48, "glance_depth": 18, "glance_base_channels": 8, "local_depth": 18,
  "local_base_channels": 16, "classifier_hidden_dim": 256'
"$flops" --recipe actnet_p96_mbv2 --print-recipe --set model.num_segments=8 --set model.num_classes=10 \
  --set model.patch_size=48 --set model.stn_hidden_dim=64 --set input.shape=[8,3,96,96] >published.json
awk -v small="$small" '{ sub(/"glance_arch": "mbv2"/, small); print }' published.json >small.json
status 0 "$flops" --recipe ./small.json --depth 1
total mac 74981376
sed 's/"res50"/"mbv2"/' small.json >mixed.json
status 2 "$flops" --recipe ./mixed.json
grep -q "model.glance_depth: means nothing to a glance by mbv2 (it belongs to glance_arch res50)" stderr ||
  fail "not: $(cat stderr)"
status 0 "$flops" --recipe mgsampler_motion_pa
total mac 59006976

status 0 "$flops" --recipe tsn_r50_1x1x8_50e_minik_rgb --print-recipe --set model.backbone.depth=101
has '"depth": 101'
"$flops" --recipe tsn_r50_1x1x8_50e_minik_rgb --print-recipe >own.json
status 0 "$flops" --recipe own.json --depth 0
has "own (Recognizer2D)"

status 0 "$flops" --list
has "tsn_r50_1x1x8_50e_minik_rgb"
status 0 "$flops" --list --json
has '"vs.recipes/1"'
