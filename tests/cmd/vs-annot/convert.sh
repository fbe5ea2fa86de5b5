#!/bin/bash
# convert: formats, label orders, options of reading and writing, bad lines.
source "$(dirname "$0")/lib_annot.sh"

# Between formats, on pipes and into files.
printf 'a/x 10 1\nb/y 20 0\n' >frames.txt
status 0 "$annot" convert frames.txt --to rawframes-json -o frames.json
status 0 "$annot" convert frames.json --to rawframes
printed "$(cat frames.txt)"
status 0 "$annot" convert --to minik-list - <frames.txt
printed "$(cat frames.txt)"
status 0 "$annot" convert frames.txt --to actnet-list
printed $'a/x,10,1\nb/y,20,0'
cp out actnet.txt
status 0 "$annot" convert actnet.txt
printed $'a/x,10,1\nb/y,20,0'
status 0 "$annot" convert frames.txt -o frames.h5
status 0 "$annot" convert frames.h5 --to rawframes
printed "$(cat frames.txt)"
printf 'v,2,3\nw,9,4\n' >short.txt
status 0 "$annot" convert --from actnet-list --drop-short short.txt
printed 'w,9,4'

# An output is not replaced unasked; a dry run writes nothing.
status 2 "$annot" convert frames.txt -o frames.json
says 'is there already'
status 0 "$annot" convert frames.txt --force -o frames.json
status 0 "$annot" convert frames.txt --dry-run -o other.txt
shows '2 records as rawframes'
[[ ! -e other.txt ]] || fail "a dry run wrote"
status 0 "$annot" convert frames.txt --depfile d.mk -o dep.txt
grep -q '^dep.txt:' d.mk && grep -q 'frames.txt' d.mk || fail "make rules: $(cat d.mk)"

# Options of the lists.
status 0 "$annot" convert --with-offset - <<<'v 213 122 4'
printed 'v 213 122 4'
status 0 "$annot" convert --multi-class --num-classes 6 - <<<'v 12 4 4 2'
printed 'v 12 4 2'
status 1 "$annot" convert --multi-class --num-classes 4 - <<<'v 12 4 4 2'
says 'standard input:1:6: label out of range: "4" (expected a label from 0 to 3)'
status 0 "$annot" convert --from videos --delimiter , --to-delimiter ';' - <<<'my video (31).mp4,1'
printed 'my video (31).mp4;1'
status 0 "$annot" convert --delimiter , --data-prefix data - <<<'my video.mp4,1'
printed 'data/my video.mp4,1'
status 1 "$annot" convert --from videos --delimiter , --to-delimiter tab --to videos -o t.txt - <<<'a b.mp4,1'
says 'a path with blanks'
status 2 "$annot" convert --delimiter 1 frames.txt
says 'not a single ASCII character'

# Kinetics: classes from the training file, levels, unlabelled test files, names that become files.
printf 'label,youtube_id,time_start,time_end,split,is_cc\nb c,X,1,11,train,0\na,Y,2.0,12.0,train,0\n' >kinetics_train.csv
printf 'label,youtube_id,time_start,time_end,split,is_cc\na,Z,3,13,validate,0\n' >kinetics_val.csv
status 0 "$annot" convert kinetics_val.csv --classes kinetics_train.csv --extension mp4 --to videos
printed 'a/Z_000003_000013.mp4 0'
status 0 "$annot" convert kinetics_train.csv --level 1 --extension .mp4 --to videos
printed $'X_000001_000011.mp4 1\nY_000002_000012.mp4 0'
status 0 "$annot" convert kinetics_val.csv --unlabelled --to sth-csv
printed 'Z_000003_000013'
status 1 "$annot" convert kinetics_train.csv --classes kinetics_val.csv
says 'kinetics_train.csv:2:1: unknown label: "b c"'
status 0 "$annot" convert kinetics_train.csv --to sth-json
shows '"template": "b_c"'

# Both ActivityNet orders, there and back.
printf 'v_N-LaOcSqZaM 511 189 58\n' >anet.txt
status 0 "$annot" convert --multi-class --relabel activitynet:activitynet-frameexit anet.txt -o frameexit.txt
equal 'v_N-LaOcSqZaM 511 188 106' "$(cat frameexit.txt)" "FrameExit's order"
status 0 "$annot" convert --multi-class --relabel activitynet --classes activitynet-frameexit frameexit.txt
printed 'v_N-LaOcSqZaM 511 189 58'
printf '[2, 0, 1]' >map.json
status 0 "$annot" convert --relabel map.json frames.txt
printed $'a/x 10 0\nb/y 20 2'
status 1 "$annot" convert --relabel map.json - <<<'v 1 3'
says 'label 3 of v has no place in the new order of 3 classes'
status 2 "$annot" convert --multi-class --relabel activitynet:activitynet-framexit anet.txt
says 'nearest is "activitynet-frameexit"'

# Every bad line is named, and nothing is written.
printf 'a 10 1\nb x 1\n\nc 10\nd 0 1\n' >bad.txt
status 1 "$annot" convert bad.txt -o good.txt
says 'bad.txt:2:3: not an integer: "x" (expected a number of frames, at least 1)'
says 'bad.txt:4:5: no label although other lines have one: "c 10"'
says 'bad.txt:5:3: a frame count below 1: "0"'
equal '' "$(ls good* 2>/dev/null || true)" "outputs"
status 1 "$annot" convert /dev/null --from videos
says 'no records'
status 1 "$annot" convert - <<<'what is this'
says 'of no known annotation format'
status 1 "$annot" convert frames.txt --to hmdb51
says 'neither training nor test'
status 2 "$annot" convert frames.txt --to annotations
says 'name a file with --output'
status 2 "$annot" convert frames.txt --classes kinetics40
says 'nearest is "kinetics400"'
echo '{' >classes.json
status 2 "$annot" convert frames.txt --classes classes.json
says '--classes classes.json'
status 2 "$annot" convert frames.txt --relabel classes.json
says '--relabel classes.json'
for subcommand in convert check stats filter merge 'split -o parts'; do
  status 2 "$annot" $subcommand missing.txt
  says 'missing.txt: no such file or folder'
done
status 0 "$annot" convert --help
status 0 "$annot" convert --quiet frames.txt --force -o frames.json
equal '' "$(cat stderr)" "--quiet"
status 0 "$annot" convert --verbose --color=never frames.txt
says 'read as rawframes'

# A map that is a member of a JSON object, there and back.
echo '{"there": [1, 2, 0], "back": [2, 0, 1], "names": ["x"]}' >map.json
printf 'a 1 0 2\nb 2 1\n' >three.txt
status 0 "$annot" convert three.txt --multi-class --relabel map.json:there
printed $'a 1 1 0\nb 2 2'
"$annot" convert three.txt --multi-class --relabel map.json:there | "$annot" convert - --multi-class --relabel map.json:back >again.txt
cmp again.txt three.txt || fail "there and back is not the same"
status 2 "$annot" convert three.txt --multi-class --relabel map.json:names
says 'map.json:1'

# Commas between the fields are seen; a delimiter that is named makes a plain list of it.
printf 'a b.mp4,0\nc.mp4,1\n' >commas.csv
status 0 "$annot" convert commas.csv
printed "$(cat commas.csv)"
status 0 "$annot" filter commas.csv --min-frames 3
printed "$(cat commas.csv)"
status 0 "$annot" convert commas.csv --to videos-json
shows '"filename": "a b.mp4"'
status 0 "$annot" convert - --delimiter , --to rawframes-json <<<'a b,10,1'
shows '"total_frames": 10'
