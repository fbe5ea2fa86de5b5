#!/bin/bash
# Feature-level motion: a layer that makes gray of a picture gives what --method mad gives; sources, jobs, weights in
# the manifest, stopped runs, MGSampler's curves, weights that do not fit.
source "$(dirname "$0")/lib_motion.sh"

video=$videos/low_fps_1.mp4

zeros() { head -c $((4 * $1)) /dev/zero; }
# weights B G R: a layer whose first output is B blue + G green + R red of the pixel, the others 0. Each is the four
# bytes of a float.
weights() {
  local header='{"module.PA.shallow_conv.weight":{"dtype":"F32","shape":[8,3,7,7],"data_offsets":[0,4704]},'
  header+='"module.PA.shallow_conv.bias":{"dtype":"F32","shape":[8],"data_offsets":[4704,4736]}}'
  printf "\\x$(printf '%02x' ${#header})\\0\\0\\0\\0\\0\\0\\0%s" "$header"
  zeros 24
  printf "$1"
  zeros 48
  printf "$2"
  zeros 48
  printf "$3"
  zeros $((1176 - 123 + 8))
}
# 3735, 19235 and 9798 of 32768: gray.
blue='\x00\x70\xe9\x3d' green='\x00\x46\x16\x3f' red='\x00\x18\x99\x3e'
weights "$blue" "$green" "$red" >gray.safetensors
weights "$red" "$green" "$blue" >swapped.safetensors
equal 1176 "$(($(wc -c <gray.safetensors) / 4 - 54))" "values of the layer, header and bias left out"

pa_of() { motion_of --method pa --weights gray.safetensors "$@"; }
pa_of "$video" >pa.txt
motion_of --method mad "$video" >mad.txt
pixels=$("$extract" --probe --json "$video" | awk -F'[:, ]+' '/"width"/ {w = $3} /"height"/ {print w * $3}')
equal 4 "$(wc -l <pa.txt)" "values"
# Gray is rounded where mad looks at it, and the tiny 1e-6 is added to each of eight channels.
near() { paste "$1" mad.txt | awk -v n="$pixels" '{r = $1 / n / $2; if (r < 0.99 || r > 1.01) exit 1}'; }
near pa.txt || fail "gray differences: $(paste pa.txt mad.txt), $pixels pixels"
motion_of --method pa --weights swapped.safetensors "$video" >swapped.txt
! near swapped.txt || fail "the order of channels does not count"

# Where nothing changes: sqrt(8) * 1e-6 a pixel.
mkdir same
for i in 1 2 3; do cp "$videos/still.png" same/img_0000$i.png; done
pa_of same >still.txt
equal 2 "$(wc -l <still.txt)" "values of a still picture"
awk '{if ($1 <= 0 || $1 > 10) exit 1}' still.txt || fail "still picture: $(cat still.txt)"

# Sources, and threads: for one video and for several.
status 0 "$extract" -q -o frames --format png "$video"
status 0 "$extract" -q -o pack.h5 --format raw "$video"
for source in frames/low_fps_1 pack.h5; do
  pa_of "$source" | cmp - pa.txt || fail "$source differs from the video"
done
for jobs in 1 3; do
  pa_of --jobs $jobs "$video" | cmp - pa.txt || fail "one video, --jobs $jobs"
  status 0 "$motion" -q --method pa --weights gray.safetensors --jobs $jobs -o jobs$jobs.h5 "$video" "$videos/all_intra.mp4"
done
cmp jobs1.h5 jobs3.h5 || fail "jobs 1 and 3 differ"

# Which weights it was: beside the file and in it.
sum=$(sha256sum <gray.safetensors | cut -d' ' -f1)
grep -q "\"path\": \"gray.safetensors\"" jobs1.h5.manifest.json || fail "the weights are no input"
equal 2 "$(grep -c "$sum" jobs1.h5.manifest.json)" "SHA-256 of the weights as input and parameter"
grep -q '"method": "pa"' jobs1.h5.manifest.json || fail "the method"
grep -aqF "{\"weights_sha256\":\"$sum\"}" jobs1.h5 || fail "SHA-256 in the file"

# MGSampler's JSON: raw unless curves are asked for, which its own script stores.
status 0 "$motion" -q --method pa --weights gray.safetensors -o raw.json "$video"
status 0 "$motion" -q --method pa --weights gray.safetensors --values curve -o curve.json "$video"
awk -F'[][,]' 'NF == 6 && $2 > 1' raw.json | grep -q . || fail "raw: $(cat raw.json)"
awk -F'[][,]' '{d = $5 - 1; if (NF != 6 || d * d > 1e-12 || $2 <= 0) exit 1}' curve.json || fail "curve: $(cat curve.json)"
status 0 "$motion" -q --method pa --weights gray.safetensors --plan 3 -o plan1.json "$video"
status 0 "$motion" -q --plan 3 -o plan2.json raw.json
status 0 "$motion" -q --plan 3 -o plan3.json curve.json
frames_of() { tr -d ' \n' <"$1" | sed 's/.*"frame_index":\([][0-9,]*\).*/\1/'; }
equal "$(frames_of plan1.json)" "$(frames_of plan2.json)" "plan by raw values"
equal "$(frames_of plan1.json)" "$(frames_of plan3.json)" "plan by the curve"
# A JSON file of another maker: --method says what it holds, nothing is measured.
cp curve.json theirs.json
status 0 "$motion" -q --method pa --input-values curve -o theirs.h5 theirs.json
grep -q '"method": "pa"' theirs.h5.manifest.json || fail "the method of a JSON file"
status 2 "$motion" -q --method pa --weights gray.safetensors -o never.h5 theirs.json
says "--weights: only together with videos as input"

# A stopped run goes on with the same weights only, however their file is called.
mkdir run
cp "$video" run/a.mp4
cp "$videos/not_a_video.mp4" run/b.mp4
cp gray.safetensors w.safetensors
run=("$motion" --jobs 1 --method pa -o r.h5 run)
status 1 "${run[@]}" --strict --weights w.safetensors
cp "$video" run/b.mp4
cp swapped.safetensors w.safetensors
status 2 "${run[@]}" --weights w.safetensors
says "weights_sha256 was"
status 0 "${run[@]}" --weights gray.safetensors
says "going on after 1 videos"

# Weights that do not fit: one line, nothing written.
bad() {
  status 2 "$motion" --method pa --weights "$1" -o never.h5 "$video"
  says "$2"
  equal 1 "$(wc -l <stderr)" "lines for $1"
  [[ ! -e never.h5 ]] || fail "$1: something was written"
}
sed 's/PA.shallow_conv.weight/PA.shallow_conv.wedged/' gray.safetensors >missing.safetensors
bad missing.safetensors "--weights missing.safetensors: no PA.shallow_conv.weight among its 2 tensors"
sed 's/\[8,3,7,7\]/[8,7,3,7]/' gray.safetensors >shape.safetensors
bad shape.safetensors "PA.shallow_conv.weight has the shape [8, 7, 3, 7], not [8, 3, 7, 7]"
head -c 3000 gray.safetensors >short.safetensors
bad short.safetensors "--weights short.safetensors: "
bad "$video" "not a checkpoint"
bad nothing.pth "nothing.pth"
bad run "--weights run"
status 2 "$motion" --method ssim --weights gray.safetensors -o never.h5 "$video"
says "--weights: only together with --method pa"
status 0 "$motion" --dry-run --method pa --weights gray.safetensors -o never.h5 "$video"
status 2 "$motion" --dry-run --method pa --weights missing.safetensors -o never.h5 "$video"

# The weights are an input: no output may stand in their place.
status 2 "$motion" -f --method pa --weights gray.safetensors -o gray.safetensors "$video"
cp gray.safetensors gray.h5
status 2 "$motion" -f --method pa --weights gray.h5 -o gray.h5 "$video"
cmp gray.safetensors gray.h5 || fail "the weights were written over"

# A size that changes is the video's failure, as with every measure.
status 1 "$motion" --method pa --weights gray.safetensors -o changes.json "$videos"/resolution_change.*
says "size changes"
echo ok
