#!/usr/bin/env bash
# test_generator.sh BUILD_DIR: the data set of vs-bursts has what its lists and its truth.json say, is the same for any
# --jobs, can be read by the programs, shows its motion in the bursts, and bad options are refused.
# shellcheck source-path=SCRIPTDIR/../../tests/cmd
source "$(dirname "$0")/../../tests/cmd/lib_program.sh"
PATH="$build:$build/examples/bursts:$PATH"

[[ $(vs-bursts --version) == *"with libx264"* ]] || { echo "skipped: FFmpeg without libx264"; exit 77; }

# Counts, lists, and equal bytes whatever the number of threads.
small=(--split "train=20,val=10" --seed 5)
vs-bursts -q -j1 "${small[@]}" -o one
vs-bursts -q -j4 "${small[@]}" -o four
diff -r one four || fail "--jobs changes the data set"
equal 30 "$(find one/videos -name '*.mp4' | wc -l)" "videos"
equal 20 "$(wc -l < one/train.txt)" "lines of train.txt"
equal "2 2 2 2 2 2 2 2 2 2" "$(cut -d' ' -f2 one/train.txt | sort -n | uniq -c | awk '{print $1}' | xargs)" "videos of each class"
equal 10 "$(sort -u one/classes.txt | wc -l)" "classes"
vs-bursts -q --split train=20,val=10 --seed 6 -o other
! cmp -s one/videos/train_00000.mp4 other/videos/train_00000.mp4 || fail "another seed, the same video"
vs-bursts -q --split train=3 --seed 5 -o fewer
cmp fewer/videos/train_00002.mp4 one/videos/train_00002.mp4 || fail "a shorter list has other videos"

# What the programs see.
status 0 vs-annot check --data-prefix one/videos --depth decode --num-classes 10 one/train.txt one/val.txt
status 0 vs-extract --probe --json one/videos/val_00009.mp4
for fact in '"width": 96' '"codec": "h264"' '"decodable_frames": 48'; do
  grep -qF "$fact" stdout || fail "the probe lacks $fact: $(cat stdout)"
done

# Most of the motion is in the bursts: mean 1 - SSIM of the steps that touch the burst, over that of the others.
vs-motion -q -o motion.json one/videos
python3 - <<'END' || fail "no clear motion in the bursts"
import json
motion, truth = json.load(open("motion.json")), json.load(open("one/truth.json"))
worst = 1e9
for video in truth["videos"]:
    values, burst = motion[video["file"][:-4]], video["bursts"][0]
    assert len(values) == 47 and len(burst["boxes"]) == burst["frames"] and 4 <= burst["frames"] <= 8, video
    inside = range(max(burst["start"] - 1, 0), min(burst["start"] + burst["frames"], 47))
    mean = lambda steps: sum(values[i] for i in steps) / len(steps)
    worst = min(worst, mean(inside) / mean([i for i in range(47) if i not in inside]))
assert worst > 3, worst
END

# Two labels: two bursts that do not touch, two labels a line.
vs-bursts -q --labels 2 --videos 10 --frames 24 --size 128x112 --fps 30000/1001 --distractors 0 -o pairs
equal 8 "$(grep -cE '^train_[0-9]{5}\.mp4 [0-9] [0-9]$' pairs/train.txt)" "lines with two labels"
equal 2 "$(wc -l < pairs/val.txt)" "lines of val.txt"
status 0 vs-annot check --multi-class --data-prefix pairs/videos --depth decode pairs/train.txt pairs/val.txt
python3 - <<'END' || fail "truth of two labels"
import json
for video in json.load(open("pairs/truth.json"))["videos"]:
    first, second = video["bursts"]
    assert video["labels"] == [first["label"], second["label"]] and first["label"] != second["label"]
    assert first["start"] + first["frames"] < second["start"] and second["start"] + second["frames"] <= 24
    for x, y, width, height in first["boxes"] + second["boxes"]:
        assert x >= 0 and y >= 0 and x + width <= 128 and y + height <= 112
END

# What is there is not replaced unasked; replaced, nothing of it is left.
status 2 vs-bursts --split train=2 -o one
says "one: holds a data set (--force replaces it)"
status 0 vs-bursts --force --split test=2 --json -o one
equal "classes.txt test.txt truth.json videos" "$(find one -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | xargs)" "files of the new data set"
equal 2 "$(find one/videos -name '*.mp4' | wc -l)" "videos of the new data set"
mkdir -p mine/videos
status 2 vs-bursts --split train=2 -o mine
says "mine/videos: is there already"

# Bad options: exit code 2, one line, nothing written.
refused() {
  local text=$1
  shift
  status 2 vs-bursts -o bad "$@"
  says "$text"
  equal 1 "$(wc -l < stderr)" "lines about $*"
  [[ ! -e bad ]] || fail "$* wrote something"
}
refused "--size 97x96: width and height must be even" --size 97x96
refused "--size 16x16: sides must be 32 to 1024" --size 16x16
refused "longer than the video of 12 frames" --burst 4-16 --frames 12
refused "2 bursts need 19 frames, the video has 18" --labels 2 --frames 18
refused "--burst 8-4: the range has no number" --burst 8-4
refused "--burst 0-4: must be at least 1" --burst 0-4
refused "--burst 4-: must be a number, or MIN-MAX" --burst 4-
refused "--glyph-size 20-60: does not leave room" --glyph-size 20-60
refused "--split train: \"train\" is no NAME=COUNT" --split train
refused "../x=3\" is no NAME=COUNT" --split ../x=3
refused "--split a=1,a=2: a stands there twice" --split a=1,a=2
refused "--split a=0: a must have 1 to" --split a=0
refused "classes.txt holds the names" --split classes=3
refused "--split" --videos 10 --split train=3
refused "--classes" --classes 11

# A full disk, by a limit on the size of files: nothing is left, and no data set pretends to be whole.
(trap '' XFSZ && ulimit -f 4 && vs-bursts --split train=2 --size 128x128 --noise 20 -o full 2>stderr) && fail "a full disk was not seen"
says "cannot be written"
equal "" "$(ls -A full)" "what a full disk leaves"
echo ok
