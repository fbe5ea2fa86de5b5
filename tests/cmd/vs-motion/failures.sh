#!/bin/bash
# Bad videos, bad files, bad options.
source "$(dirname "$0")/lib_motion.sh"

good=$videos/low_fps_1.mp4
status 1 "$motion" --method luma -o m.json --failed failed.txt "$good" "$videos/not_a_video.mp4" --list - <<<missing.mp4
says "not_a_video.mp4: cannot be opened as a video"
says "missing.mp4"
equal "$videos/not_a_video.mp4 missing.mp4" "$(paste -sd' ' failed.txt)" "list of failed items"
grep -q '^{"low_fps_1": \[[^]]*\]}$' m.json || fail "the good one is written: $(cat m.json)"
equal 2 "$(grep -c '"reason"' m.json.manifest.json)" "reasons in the manifest"
status 1 "$motion" --method luma --strict --jobs 1 -o s.json "$videos/not_a_video.mp4" "$good"
[[ ! -e s.json ]] || fail "strict writes no output"
status 1 "$motion" --method ssim "$videos/resolution_change.ts"
says "resolution_change.ts, frame 25: size changes from 320x180 to 192x108"
status 2 "$motion" --method codec "$videos/still.png" same-as-missing
status 1 "$motion" --method codec --codec-source vectors "$videos/hevc_bframes.mkv"
says "FFmpeg tells no motion vectors of hevc"
mkdir frames && cp "$videos/still.png" frames/1.png
status 1 "$motion" --method codec frames
says "has no compressed stream"

# A damaged file that gives less than it promises is a failed item, or gives what decodes with a warning.
for method in luma codec; do
  status 1 "$motion" --method $method "$videos/truncated_tail.mkv"
  says "truncated_tail.mkv: "
  says "frames promised, "
  says "(use --allow-short)"
done
status 0 "$motion" --method luma --allow-short -o short.h5 "$videos/truncated_tail.mkv"
says "warning"
says "frames promised, 55 decodable"

# An existing output is an error.
status 2 "$motion" --method luma -o m.json "$good"
says "m.json: exists (--force replaces it)"
status 0 "$motion" -q -f --method luma -o m.json "$good"
status 2 "$motion" --method luma -o m.avi "$good"
says "--output m.avi: must end in .h5, .hdf5 or .json"
status 2 "$motion" --plan 8 "$good"
says "has nowhere to go"
status 2 "$motion" --plan 8 -o plan.h5 "$good"
says "a plan is a JSON file"
status 2 "$motion" --plan 0 -o - "$good"
status 2 "$motion" --method optical "$good"
status 2 "$motion" --method pa "$good"
says "--method pa: needs the weights of PAN's first layer (name its checkpoint with --weights FILE)"
status 2 "$motion"
says "no videos were found"
status 2 "$motion" "$good" other/low_fps_1.mp4
says "low_fps_1"
status 2 "$motion" m.json "$good"
says "beside other inputs"
for text in '' '[1]' '{"a": [1, -1]}' '{"a": [1, NaN]}' '{"a": {"b": 1}}' '{"a": [1]'; do
  echo "$text" >bad.json
  status 1 "$motion" --plan 2 -o - bad.json
  says "bad.json"
done
head -c 3000 short.h5 >bad.h5
status 1 "$motion" --plan 2 -o - bad.h5
says "bad.h5"

status 0 "$motion" --dry-run -o never.h5 "$good"
grep -q '^frames  5$' stdout || fail "dry run: $(cat stdout)"
status 1 "$motion" --dry-run --json -o never.h5 "$good" --list - <<<missing.mp4
for line in '"schema": "vs.estimate/1"' '"videos": 1' '"failed": 1' '"frames": 5' '"bytes": 32' '"exact": true'; do
  grep -qF "$line" stdout || fail "dry run lacks $line: $(cat stdout)"
done
[[ ! -e never.h5 ]] || fail "a dry run writes nothing"
status 2 "$motion" --plan 1048576 --num-clips 65536 -o - "$good"
says "frames for each video"

# make rules: the main output on the left, everything that was read on the right, in the manifest too.
status 0 "$extract" -q -o pack.h5 --every 2 "$videos/low_fps_1.mp4"
printf '%s\n' "$videos/all_intra.mp4" pack.h5 >list.txt
status 0 "$motion" -q --method mad --plan 2 -o d.json --save-motion d.h5 --depfile d.mk --list list.txt
grep -q '^d.json: ' d.mk || fail "depfile: $(cat d.mk)"
for name in list.txt pack.h5 all_intra.mp4; do
  grep -q "$name:" d.mk || fail "depfile lacks $name: $(cat d.mk)"
  sed -n '/"inputs"/,/"outputs"/p' d.json.manifest.json | grep -q "$name\"" || fail "the manifest lacks $name"
done
equal 1 "$(grep -c '^d.*: ' d.mk)" "one rule"
# Options that this input or output leaves nothing to do.
status 2 "$motion" --input-values curve "$good"
says "--input-values: only together with a motion file in JSON"
status 2 "$motion" --template 'img_{:05}.jpg' "$good"
says "--template: only together with frame folders"
status 2 "$motion" --method luma --plan 2 -o - d.h5
says "--method: only together with videos"
status 2 "$motion" --allow-short --plan 2 -o - d.h5
says "--allow-short: only together with videos"
status 2 "$motion" --name-rule first-dot -o n.h5 "$good"
says "--name-rule: only together with a motion file in JSON"
status 2 "$motion" --plan 2 -o plan.json --save-motion x.csv "$good"
says "--save-motion x.csv: must end in .h5, .hdf5 or .json"
status 2 "$motion" --plot x.txt "$good"
says "--plot x.txt: must end in .svg"
status 2 "$motion" --depfile d.mk "$good"
says "--depfile: needs an output"
echo ok
