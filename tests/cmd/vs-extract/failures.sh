#!/bin/bash
# Bad videos, bad options, short videos, full disks.
source "$(dirname "$0")/lib_extract.sh"

good=$videos/low_fps_1.mp4
status 1 "$extract" -o out --failed failed.txt "$good" "$videos/not_a_video.mp4" "$videos/zero_length.mp4" --list - <<<missing.mp4
says "not_a_video.mp4: cannot be opened as a video"
says "missing.mp4"
equal 5 "$(files out)" "the good one is written"
[[ ! -e out/not_a_video && ! -e out/missing ]] || fail "failed videos leave nothing"
equal "$videos/not_a_video.mp4 $videos/zero_length.mp4 missing.mp4" "$(paste -sd' ' failed.txt)" "list of failed items"
equal 3 "$(grep -c '"reason"' out/manifest.json)" "reasons in the manifest"
# The list of failed items is an input; once repaired they are done.
cp "$good" missing.mp4
grep missing failed.txt | "$extract" -q -o repaired --list -
equal 5 "$(files repaired)" "the repaired one"

status 1 "$extract" --strict -o strict --jobs 1 "$videos/not_a_video.mp4" "$good"
[[ ! -e strict/low_fps_1 ]] || fail "strict stops at the first failure"

# Short: fewer frames than promised.
status 1 "$extract" -o short "$videos/truncated_tail.mkv"
says "frames promised, 55 decodable (use --allow-short)"
equal 0 "$(files short)" "nothing of a short video"
status 0 "$extract" -f -o short --allow-short "$videos/truncated_tail.mkv"
says "warning"
equal 55 "$(files short)" "what decodes of a short video"
status 1 "$extract" -o short.h5 --num-frames 4 "$videos/truncated_tail.mkv"
status 0 "$extract" -f -o short.h5 --num-frames 4 --allow-short "$videos/truncated_tail.mkv"
status 1 "$extract" -o keys --key-frames "$videos/truncated_tail.mkv"
says "frames promised, 55 decodable (use --allow-short)"
status 0 "$extract" -o late --allow-short "$videos/no_keyframe_start.ts"
equal 39 "$(files late)" "frames before the first key frame are not shown"

# An existing output is an error, a folder of someone else's too.
status 2 "$extract" -o out "$good"
says "out/manifest.json: exists and names all these videos (--force writes them again)"
mkdir -p mine/low_fps_1
echo precious >mine/low_fps_1/file
status 2 "$extract" -o mine "$good"
says "mine/low_fps_1: exists"
equal precious "$(cat mine/low_fps_1/file)" "not touched"
status 0 "$extract" -q -f -o mine "$good"
equal 5 "$(files mine)" "replaced by force"

# Wrong usage: exit code 2 and nothing written.
status 2 "$extract" -o gone "$good" nowhere.mp4
says "nowhere.mp4: no such file or folder"
[[ ! -e gone ]] || fail "a missing operand is found before any work"
status 2 "$extract"
status 2 "$extract" "$good"
says "--output"
status 2 "$extract" -o x --quality 101 "$good"
status 2 "$extract" -o x --size 0x5 "$good"
status 2 "$extract" -o x --format raw "$good"
status 2 "$extract" -o x.h5 --format raw-luma "$good"
status 2 "$extract" -o x --interpolation cubic "$good"
status 2 "$extract" -o x --no-such-option "$good"
status 2 "$extract" -o x --layout mmactoin "$good"
status 2 "$extract" -o x --annotations nowhere.txt
# Files named by an option that cannot be read: wrong usage, before anything is written.
status 2 "$extract" -o x --annotations "$videos/not_a_video.mp4" --from kinetics-csv
says "error: --annotations $videos/not_a_video.mp4:1"
for text in '' '{' '{"schema": "vs.plan/1"}' '[]'; do
  echo "$text" >bad_plan.json
  status 2 "$extract" -o x --at bad_plan.json "$videos/low_fps_1.mp4"
  says "error: --at bad_plan.json"
  status 2 "$extract" --dry-run -o x --at bad_plan.json "$videos/low_fps_1.mp4"
done
status 2 "$extract" -o x --list .
says "error: --list ."
status 2 "$extract" -o x --at missing.json "$videos/low_fps_1.mp4"
says "--at missing.json: no such file"
mkdir -p empty
status 2 "$extract" -o x empty
[[ ! -e x && ! -e x.h5 ]] || fail "wrong usage writes nothing"

# A full disk is one clear error, and what is there is whole.
if [[ $(id -u) == 0 ]] && mkdir -p small && mount -t tmpfs -o size=600k tmpfs small 2>/dev/null; then
  trap 'umount -l "$scratch/small" 2>/dev/null || true; rm -rf "$scratch"' EXIT
  status 2 "$extract" -o small/out --jobs 1 "$good" "$videos/bbb_720p.mp4"
  equal 1 "$(grep -c 'error' stderr)" "one message for a full disk"
  says "cannot be written"
  [[ ! -e small/out/bbb_720p ]] || fail "a half-written folder has its name"
  equal 0 "$(find small -name '.*.partial' | wc -l)" "nothing half-written is left"
  rm -rf small/out
  status 2 "$extract" -o small/pack.h5 --jobs 2 "$videos/bbb_720p.mp4"
  equal 1 "$(grep -c 'error' stderr)" "one message for a full disk under a pack"
  [[ ! -e small/pack.h5 ]] || fail "a half-written pack has its name"
  umount small
else
  echo "not checked: a full disk (needs the right to mount a tmpfs)"
fi
echo ok
