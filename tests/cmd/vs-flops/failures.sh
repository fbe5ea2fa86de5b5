#!/bin/bash
# Bad recipes, models, shapes and options: one clear line, exit code 2; bad videos: 1.
source "$(dirname "$0")/lib_flops.sh"

refused() {
  local text=$1
  shift
  status 2 "$flops" "$@"
  says "$text"
  equal 1 "$(wc -l <stderr)" "lines of '$*'"
  [[ ! -s stdout ]] || fail "'$*' writes to standard output"
}
recipe=tsn_r50_1x1x8_50e_minik_rgb
refused "did you mean $recipe?" --recipe tsn_r50_1x1x8_50e_minik_rg
refused "give a recipe or --model"
refused "does not exist" --recipe ./none.json
refused "nor a file that exists" --model none
refused "--shape: is missing" --model '{"type": "Recognizer2D"}'
refused "depth" --recipe $recipe --set model.backbone.dept=18
refused "model.backbone.depth" --recipe $recipe --set model.backbone.depth=33
refused "is no size" --recipe $recipe --shape 1,3,0,0
refused "has 3 sizes" --recipe $recipe --shape 1,3,9
refused "is not expected" --recipe $recipe 224
refused "--exit-fractions" --recipe $recipe --exit-fractions 0.5,0.5
refused "--exit-fractions" --recipe $recipe --exit-fractions a
refused "--device" --recipe $recipe --latency --device cuda
refused "--threads" --recipe $recipe --threads 2
refused "--recipe" --recipe $recipe --list
refused "--convention" --recipe $recipe --convention flops
status 1 "$flops" --recipe $recipe --shape 1,3,2,4,4
equal 1 "$(wc -l <stderr)" "lines about a shape that does not fit"
status 1 "$flops" --recipe $recipe --with-decode "$videos/not_a_video.mp4"
says "not_a_video.mp4"
has "8x3x224x224"
