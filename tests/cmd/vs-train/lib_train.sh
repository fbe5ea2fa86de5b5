# Sourced by the tests of vs-train: a small dataset, a network that trains in seconds.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib_dataset.sh"
train=$build/vs-train
eval=$build/vs-eval

# A narrow ResNet-18 on two frames of 32 pixels, with everything that draws random numbers or keeps state.
cat >tiny.json <<'RECIPE'
{
  "schema": "vs.recipe/1",
  "name": "tiny",
  "title": "a network for tests",
  "model": {
    "type": "Recognizer2D",
    "backbone": {"type": "ResNet", "depth": 18, "base_channels": 8, "norm_eval": false},
    "cls_head": {"type": "TSNHead", "num_classes": 3, "in_channels": 64, "dropout_ratio": 0.4, "init_std": 0.01},
    "test_cfg": {"average_clips": "prob"}
  },
  "input": {"shape": [2, 3, 32, 32]},
  "data": {
    "train": [
      {"type": "SampleFrames", "clip_len": 1, "frame_interval": 1, "num_clips": 2},
      {"type": "Resize", "scale": [-1, 40]},
      {"type": "RandomResizedCrop"},
      {"type": "Resize", "scale": [32, 32], "keep_ratio": false},
      {"type": "Flip", "flip_ratio": 0.5},
      {"type": "Normalize", "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]},
      {"type": "FormatShape", "input_format": "NCHW"}
    ],
    "val": [
      {"type": "SampleFrames", "clip_len": 1, "frame_interval": 1, "num_clips": 2, "test_mode": true},
      {"type": "Resize", "scale": [-1, 40]},
      {"type": "CenterCrop", "crop_size": 32},
      {"type": "Normalize", "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]},
      {"type": "FormatShape", "input_format": "NCHW"}
    ]
  },
  "train": {
    "optimizer": {"type": "SGD", "lr": 0.02, "momentum": 0.9, "weight_decay": 0.0001},
    "grad_clip": {"max_norm": 20, "norm_type": 2},
    "lr_config": {"policy": "CosineAnnealing", "min_lr": 0},
    "epochs": 6,
    "batch_size": 2,
    "total_batch": 4
  }
}
RECIPE
tiny=(--recipe ./tiny.json)

# records MODE FILE: how many lines of that mode a log has
records() { grep -c "\"mode\": \"$1\"" "$2"; }
