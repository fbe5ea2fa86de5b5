#!/bin/bash
# Names that no output can hold fail by themselves; suffixes that are kept; a stopped run however its files are spelt.
source "$(dirname "$0")/lib_motion.sh"

good=$videos/low_fps_1.mp4
mkdir set
cp "$good" set/good.mp4
cp "$good" "$(printf 'set/clip\xe9.mp4')"
for output in m.h5 m.json; do
  status 1 "$motion" --method codec -o $output --jobs 1 set
  says 'set/clip\xe9.mp4: file name is not UTF-8; rename it (convmv -f latin1 -t utf8)'
  grep -q 'set/clip\\\\xe9.mp4' $output.manifest.json || fail "the failure by its name"
done
grep -q '^{"good": ' m.json || fail "the good one is written: $(cat m.json)"
# What was read of one item is not taken for that of the next, a bad name.
equal 1 "$(sed -n '/"inputs"/,/"outputs"/p' m.json.manifest.json | grep -c '"path": "set/')" "inputs"
status 1 "$motion" --method codec --plan 2 -o plan.json set
status 1 "$motion" --dry-run -o never.h5 set
grep -q '^videos  1$' stdout || fail "dry run: $(cat stdout)"

# Flow images: names of the run's own files, and those too long for a folder.
mkdir own
long=$(printf 'n%.0s' $(seq 248))
for name in motion.h5 motion.h5.manifest.json "$long" good; do cp "$good" "own/$name.mp4"; done
status 1 "$motion" --method flow --flow-images flow own
says 'motion.h5.mp4: would get the folder "motion.h5", where a file of this run lies'
says 'motion.h5.manifest.json.mp4: would get the folder'
says 'its name is too long for a folder of the output'
equal "good motion.h5 motion.h5.manifest.json" "$(ls -A flow | paste -sd' ')" "the good one is written"
[[ -f flow/motion.h5 ]] || fail "the motion file"

mkdir twins
cp "$good" twins/a.mp4
cp "$videos/mpeg4_bframes.avi" twins/a.avi
status 2 "$motion" --method codec -o twins.json twins
says '--names file keeps the suffix in the name'
status 0 "$motion" -q --method codec -o twins.json --names file twins
grep -q '"a.avi": .*"a.mp4": ' twins.json || fail "names with their suffix: $(cat twins.json)"
grep -q '"names": "file"' twins.json.manifest.json || fail "the manifest tells how names were made"
status 0 "$motion" -q --method codec --plan 2 -o twins_plan.json --names file twins
status 0 "$extract" -q -o planned --at twins_plan.json --names file twins
equal "a.avi a.mp4 manifest.json" "$(ls planned | paste -sd' ')" "a plan for them"

# A stopped run, which --strict makes.
mkdir run
for name in a b c; do cp "$good" run/$name.mp4; done
cp "$videos/not_a_video.mp4" run/d.mp4
status 1 "$motion" -q --strict --jobs 1 --method codec -o r.h5 run
cp "$good" run/d.mp4
status 2 "$motion" --method codec -o r.h5 run/a.mp4 run/c.mp4
says "video 2 was \"b\" ($PWD/run/b.mp4), is \"c\" ($PWD/run/c.mp4)"
status 0 "$motion" --method codec -o "$PWD/r.h5" "$PWD"/run/../run/{a,b,c,d}.mp4
says "going on after 3 videos"
status 2 "$motion" --method codec -o r.h5 run
says "join them with vs-annot merge"
echo ok
