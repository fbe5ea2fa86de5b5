#!/bin/bash
# check and filter: bad lines, labels, duplicates, splits, videos, frame folders.
source "$(dirname "$0")/lib_annot.sh"

mkdir v
cp "$videos/bbb_720p.mp4" v/good.mp4
cp "$videos/low_fps_1.mp4" v/small.mp4
cp "$videos/truncated_tail.mkv" v/cut.mkv
cp "$videos/not_a_video.mp4" v/text.mp4
printf 'good.mp4 0\nsmall.mp4 1\n' >good.txt
status 0 "$annot" check good.txt --data-prefix v
printed ''
says '1 file, 2 records, 2 videos looked at: 0 errors, 0 notes'

printf 'good.mp4 0\ncut.mkv 1\ntext.mp4 1\ngone.mp4 0\ngood.mp4 0\n' >train.txt
printf 'small.mp4 1\ngood.mp4 0\n' >val.txt
status 1 "$annot" check train.txt val.txt --data-prefix v --failed failed.txt
for line in 'damaged .*train.txt:2 .*v/cut.mkv' 'cannot_open .*train.txt:3 .*v/text.mp4' 'missing .*train.txt:4 .*v/gone.mp4' \
  'duplicate .*train.txt:5' 'in_two_splits .*val.txt:2 .*also at train.txt:1'; do
  grep -q "^error  $line" out || fail "the table lacks $line: $(cat out)"
done
equal $'v/cut.mkv\nv/text.mp4\nv/gone.mp4' "$(cat failed.txt)" "the failed list"
status 1 "$annot" check train.txt val.txt --data-prefix v --json --jobs 1
cp out one.json
status 1 "$annot" check train.txt val.txt --data-prefix v --json --jobs 4
cmp out one.json || fail "the report depends on --jobs"
status 1 "$annot" check train.txt --data-prefix v --allow-short
shows 'note   damaged'
status 1 "$annot" check train.txt --data-prefix v --depth header
grep -q damaged out && fail "a header does not show damage"
status 1 "$annot" check train.txt --depth none
equal 1 "$(grep -c '^error' out)" "errors of the list alone"
status 1 "$annot" check - --depth packets <"train.txt"
shows 'missing'

# What check or a list names goes.
status 0 "$annot" filter train.txt --data-prefix v --drop one.json
printed 'good.mp4 0'
status 0 "$annot" filter val.txt --drop one.json --data-prefix v
printed 'small.mp4 1'
status 0 "$annot" filter train.txt --data-prefix v --drop failed.txt -o clean.txt
equal $'good.mp4 0\ngood.mp4 0' "$(cat clean.txt)" "after the failed list"
status 0 "$annot" filter train.txt --keep - <<<$'cut\ntext.mp4'
printed $'cut.mkv 1\ntext.mp4 1'
status 0 "$annot" filter --min-frames 5 - <<<$'a 4 0\nb 5 0'
printed 'b 5 0'
status 2 "$annot" filter train.txt --keep /dev/null
printf 'small.mp4\ngood.mp4\n' >names
status 1 "$annot" filter val.txt --drop names -o none.txt
says 'no record is left'
[[ ! -e none.txt ]] || fail "an empty list was written"

# Labels.
printf 'a 9 1\nb 9 2\n' >from1.txt
status 0 "$annot" check from1.txt --depth none
shows 'labels seem to start at 1: there is no label 0, the largest is 2'
status 1 "$annot" check from1.txt --depth none --num-classes 2
shows 'error  labels_from_1'
shows 'error  label_out_of_range  from1.txt:2'
status 0 "$annot" check --depth none --num-classes 4 - <<<$'a 9 0\nb 9 3'
shows '2 of 4 classes have no record: 1, 2'

# Every bad line, with its column.
printf 'a 10 1\nb x 1\nc 10\n' >bad.txt
status 1 "$annot" check bad.txt good.txt --json --depth none
shows '"line": 2'
shows '"kind": "missing_label"'
shows '"records": 2'

# Frame folders.
frames f/a 1 10
frames f/zero 0 9
frames f/gap 1 10
rm f/gap/img_00006.jpg
frames f/short 1 4
frames f/long 1 12
frames f/other 1 10 image_%05d.jpg
mkdir f/none
printf '%s 10 0\n' a zero other >ok.txt
status 0 "$annot" check ok.txt --data-prefix f
printed ''
printf '%s 10 0\n' gap short long none gone >frames.txt
status 1 "$annot" check frames.txt --data-prefix f
shows '10 frames listed, 9 there, img_00006.jpg is not'
shows '10 frames listed, 4 there, img_00005.jpg is not'
shows '10 frames listed, 12 there'
shows 'no frame in it'
shows 'no such folder'
equal 4 "$(grep -c '^error' out)" "errors"
status 1 "$annot" check --data-prefix f --template 'img_{:05}.jpg' - <<<'other 10 0'
shows 'no frame named img_{:05}.jpg in it'
status 1 "$annot" check --data-prefix f --start-index 1 - <<<'zero 10 0'
shows '9 there, img_00010.jpg is not'
status 0 "$annot" check --data-prefix f --with-offset - <<<'a 4 6 0'
status 1 "$annot" check --data-prefix f --with-offset - <<<'a 5 6 0'
status 0 "$annot" check --data-prefix f --frame-prefix image_ - <<<'other 10 0'
