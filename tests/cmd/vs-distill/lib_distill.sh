# Sourced by the tests of vs-distill: four videos, networks that train in seconds, a teacher that was trained.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_dataset.sh"
train=$build/vs-train
distill=$build/vs-distill
eval=$build/vs-eval
apart=$build/tests/vs-weights-difference

# recipe NAME MODEL SHAPE FRAMES SIDE FORMAT: a recipe with that model, frames of SIDE pixels
recipe() {
  local shorter=$(($5 * 5 / 4))
  cat >"$1.json" <<RECIPE
{
  "schema": "vs.recipe/1",
  "name": "$1",
  "title": "a network for tests",
  "model": $2,
  "input": {"shape": $3},
  "data": {
    "train": [
      {"type": "SampleFrames", $4},
      {"type": "Resize", "scale": [-1, $shorter]},
      {"type": "RandomResizedCrop"},
      {"type": "Resize", "scale": [$5, $5], "keep_ratio": false},
      {"type": "Flip", "flip_ratio": 0.5},
      {"type": "Normalize", "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]},
      {"type": "FormatShape", "input_format": "$6"}
    ],
    "val": [
      {"type": "SampleFrames", $4, "test_mode": true},
      {"type": "Resize", "scale": [-1, $shorter]},
      {"type": "CenterCrop", "crop_size": $5},
      {"type": "Normalize", "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]},
      {"type": "FormatShape", "input_format": "$6"}
    ]
  },
  "train": {
    "optimizer": {"type": "SGD", "lr": 0.01, "momentum": 0.9, "weight_decay": 0.0001},
    "grad_clip": {"max_norm": 20, "norm_type": 2},
    "lr_config": {"policy": "CosineAnnealing", "min_lr": 0},
    "epochs": 2,
    "batch_size": 2
  }
}
RECIPE
}

images='"clip_len": 1, "frame_interval": 1, "num_clips": 2'
resnet() { echo "{\"type\": \"ResNet\", \"depth\": 18, \"base_channels\": $1, \"norm_eval\": false}"; }
# tsn WIDTH: a TSN of that base width
tsn() {
  echo "{\"type\": \"Recognizer2D\", \"backbone\": $(resnet "$1"),
    \"cls_head\": {\"type\": \"TSNHead\", \"num_classes\": 3, \"in_channels\": $((8 * $1)), \"dropout_ratio\": 0.4},
    \"test_cfg\": {\"average_clips\": \"prob\"}}"
}
recipe student "$(tsn 8)" "[2, 3, 32, 32]" "$images" 32 NCHW
recipe teacher "$(tsn 8)" "[2, 3, 64, 64]" "$images" 64 NCHW
recipe wide "$(tsn 12)" "[2, 3, 64, 64]" "$images" 64 NCHW
# ResKD: the same pair in one recipe.
recipe rkd "{\"type\": \"Recognizer2D\",
    \"backbone\": {\"type\": \"RKD\", \"low_res_cfg\": $(resnet 8), \"high_res_cfg\": $(resnet 8),
      \"low_img_res\": [32, 32], \"high_feat_size\": [2, 2]},
    \"cls_head\": {\"type\": \"RKD2DHead\", \"num_classes\": 3, \"in_channels\": 64, \"dropout_ratio\": 0.4},
    \"test_cfg\": {\"average_clips\": \"prob\"}}" "[2, 3, 64, 64]" "$images" 64 NCHW
sed -i 's/"weight_decay": 0.0001/&, "constructor": "RKDOptimizerConstructor"/' rkd.json
# Clips of four frames, attended to in windows.
recipe clips "{\"type\": \"Recognizer3D\",
    \"backbone\": {\"type\": \"SwinTransformer3D\", \"patch_size\": [2, 4, 4], \"embed_dim\": 8, \"depths\": [1, 1],
      \"num_heads\": [1, 2], \"window_size\": [2, 4, 4], \"drop_path_rate\": 0.2},
    \"cls_head\": {\"type\": \"I3DHead\", \"num_classes\": 3, \"in_channels\": 16, \"dropout_ratio\": 0.4},
    \"test_cfg\": {\"average_clips\": \"prob\"}}" "[1, 3, 4, 64, 64]" \
  '"clip_len": 4, "frame_interval": 2, "num_clips": 1' 64 NCTHW

# trained NAME: weights of a recipe, after two epochs, in NAME.safetensors
trained() {
  "$train" -q --recipe "./$1.json" "${data[@]}" --threads 1 -o "$1.run"
  mv "$1.run/last.safetensors" "$1.safetensors"
}
trained teacher
rkd=(--recipe ./rkd.json --teacher teacher.safetensors "${data[@]}" --threads 1)
pair=(--recipe ./student.json --teacher-recipe ./teacher.json --teacher teacher.safetensors "${data[@]}" --threads 1)

# within FILE FILE WHAT [GAP]: weights that differ by no more
within() {
  local gap where
  read -r gap where <<<"$("$apart" "$1" "$2")"
  awk -v got="$gap" -v most="${4:-1e-5}" 'BEGIN { exit !(got <= most) }' || fail "$3: $gap apart in $where"
}
# metric NAME FILE: its value in a document
metric() { tr -d '\n' <"$2" | grep -o "\"$1\": [0-9.e-]*" | head -1; }
