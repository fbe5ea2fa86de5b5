#!/bin/bash
# convert with what is on disk: lists from folders, datasets' own files, ActivityNet clips.
source "$(dirname "$0")/lib_annot.sh"

# A list of a folder of videos, with classes and without.
mkdir -p videos/cat videos/dog
: >videos/cat/b.mp4
: >videos/cat/a.MKV
: >videos/dog/c.avi
: >videos/dog/notes.txt
status 0 "$annot" convert --from-folder videos --to videos
printed $'videos/cat/a.MKV\nvideos/cat/b.mp4\nvideos/dog/c.avi'
status 0 "$annot" convert --from-folder videos --labels-from-folders --data-prefix .
printed $'cat/a.MKV 0\ncat/b.mp4 0\ndog/c.avi 1'
printf 'dog\ncat\n' >classes.txt
status 0 "$annot" convert --from-folder videos --labels-from-folders --classes classes.txt -o list.h5
status 0 "$annot" convert list.h5 --to videos
printed $'videos/cat/a.MKV 1\nvideos/cat/b.mp4 1\nvideos/dog/c.avi 0'
: >videos/dog/c.mp4
status 1 "$annot" convert --from-folder videos -o list.txt
says 'dog/c.mp4: the same name as dog/c.avi, left out'
rm videos/dog/c.mp4
status 2 "$annot" convert videos
says 'list it with --from-folder'
status 2 "$annot" convert
mkdir empty
status 1 "$annot" convert --from-folder empty
says 'no video file in it'

# Frame folders, by prefix and by template.
frames frames/cat/a 1 3
frames frames/dog/c 1 5
: >frames/dog/c/img_note.txt
status 0 "$annot" convert --from-folder frames --media frames
printed $'frames/cat/a 3\nframes/dog/c 6'
status 0 "$annot" convert --from-folder frames --media frames --template 'img_{:05}.jpg' --data-prefix .
printed $'cat/a 3\ndog/c 5'
status 2 "$annot" convert --from-folder frames --media frames --template img.jpg

# Records whose video is there; folders without frames are reported.
printf 'cat/a 9 1\ndog/c 9 0\ndog/gone 9 0\ndog/none 9 0\n' >all.txt
mkdir frames/dog/none
status 1 "$annot" convert all.txt --frames frames --failed failed.txt -o there.txt
equal $'cat/a 3 1\ndog/c 6 0' "$(cat there.txt)" "records that are there"
says 'dog/none: no frame named img_*, left out'
says 'frames: 1 of 4 videos are not there (first: dog/gone)'
equal $'dog/none\ndog/gone' "$(cat failed.txt)" "the failed list"
grep -q '"failed": 1' there.txt.manifest.json || fail "the manifest counts failures"
frames flow 1 2
frames flow/v 1 2
frames flow/v 1 2 fx_%05d.jpg
frames flow/v 1 1 fy_%05d.jpg
status 1 "$annot" convert --frames flow --flow-x-prefix fx_ --flow-y-prefix fy_ - <<<'v 1 0'
says 'v: 2 x and 1 y flow images, left out'
frames plain/v 1 4 %05d.jpg
status 0 "$annot" convert --frames plain --frame-prefix 0 - <<<'v 1 0'
printed 'v 4 0'

# Datasets by their own files.
mkdir k
printf 'label,youtube_id,time_start,time_end,split,is_cc\nzumba,A,1,11,train,0\nair drumming,B,2,12,train,0\n' >k/kinetics_train.csv
printf 'label,youtube_id,time_start,time_end,split,is_cc\nzumba,D,5,15,validate,0\n' >k/kinetics_val.csv
mkdir -p kv/zumba kv/air_drumming
: >kv/zumba/A_000001_000011.mp4
: >kv/air_drumming/B_000002_000012.webm
: >kv/zumba/D_000005_000015.mp4
status 0 "$annot" convert k --dataset kinetics400 --videos kv
printed $'zumba/A_000001_000011.mp4 1\nair_drumming/B_000002_000012.webm 0'
status 0 "$annot" convert k --dataset kinetics400 --subset val --videos kv --data-prefix kv
printed 'kv/zumba/D_000005_000015.mp4 1'
status 1 "$annot" convert k --dataset kinetics400 --subset test --videos kv
says 'no test part'
mkdir u
printf '1 Aa\n2 Bb\n' >u/classInd.txt
printf 'Aa/v_1.avi 1\n' >u/trainlist02.txt
printf 'Bb/v_2.avi\n' >u/testlist02.txt
frames uf/Bb/v_2 1 2
status 0 "$annot" convert u --dataset ucf101 --subset val --split-number 2 --frames uf
printed 'Bb/v_2 2 1'
status 1 "$annot" convert u --dataset ucf101 --split-number 1 --frames uf
status 1 "$annot" convert u --dataset jester
says 'jester-v1-labels.csv'

# ActivityNet: all labels, the first one, clips.
cat >anet.json <<'JSON'
{"database": {
  "x": {"duration": 26.75, "subset": "validation", "annotations": [
    {"segment": [2.5, 24.9], "label": "Drinking beer"}, {"segment": [13, 30], "label": "Archery"}]},
  "y": {"duration": 5, "subset": "training", "annotations": [{"segment": [0, 1], "label": "Archery"}]},
  "t": {"duration": 5, "subset": "testing", "annotations": []}
}}
JSON
frames af/v_x 1 9
frames af/v_y 1 5
frames af/v_xx 1 2
status 0 "$annot" convert anet.json --subset val --frames af --to rawframes
printed 'v_x 9 1 0'
status 0 "$annot" convert anet.json --frames af --first-label --subset val --to rawframes
printed 'v_x 9 1'
status 0 "$annot" convert anet.json --frames af --clips --to rawframes
printed $'v_y 0 2 0\nv_x 0 9 1\nv_x 4 5 0'
status 2 "$annot" convert anet.json --clips
says '--clips: only together with --frames'
# Options that act on other formats only.
for option in --with-offset --multi-class --delimiter=, --drop-short; do
  status 2 "$annot" stats --from mmit-csv $option - <<<'a.mp4,1,3'
  says "${option%=*}: only together with input of format "
  says "(standard input is of format mmit-csv)"
done
status 2 "$annot" stats --unlabelled - <<<'a.mp4 1'
says "--unlabelled: only together with input of format kinetics-csv"
status 2 "$annot" convert --multi-class --from-folder . -
says "not possible together with --from-folder"
