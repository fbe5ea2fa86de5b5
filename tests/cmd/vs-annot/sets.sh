#!/bin/bash
# split, merge, stats and trace.
source "$(dirname "$0")/lib_annot.sh"

for ((i = 0; i < 40; ++i)); do echo "v$i.mp4 $((i % 4))"; done >all.txt
status 0 "$annot" split all.txt --parts train=0.5,val=0.25,test=0.25 --seed 7 -o lists
equal "20 10 10" "$(cat lists/train.txt | wc -l) $(cat lists/val.txt | wc -l) $(cat lists/test.txt | wc -l)" "sizes"
for class in 0 1 2 3; do
  equal 5 "$(grep -c " $class\$" lists/train.txt)" "class $class in training"
done
equal "$(sort all.txt)" "$(sort lists/*.txt)" "the parts together"
shuf --random-source=all.txt all.txt >shuffled.txt
status 0 "$annot" split shuffled.txt --parts train=0.5,val=0.25,test=0.25 --seed 7 -o 'other_{}.txt'
equal "$(sort lists/val.txt)" "$(sort other_val.txt)" "the choice does not depend on the order"
status 0 "$annot" split all.txt --seed 8 -o third
! cmp -s lists/val.txt third/val.txt || fail "the seed does nothing"
for bad in train=1 train=0.5,val=0.6 train=0.5,train=0.5 train,val=1 train=1,val=0; do
  status 2 "$annot" split all.txt --parts "$bad" -o no
  says 'write them like train=0.8,val=0.1,test=0.1'
done
[[ ! -e no ]] || fail "a bad split wrote"
status 2 "$annot" split all.txt --seed 8 -o third
says 'is there already'

# Shards in any order make the whole; a missing one is named.
split -n l/3 -d -a 5 all.txt s-
for i in 0 1 2; do mv s-0000$i s-0000$i-of-00003.txt; done
status 0 "$annot" merge s-00002-of-00003.txt s-00000-of-00003.txt s-00001-of-00003.txt -o whole.txt
cmp whole.txt all.txt || fail "merged shards differ"
status 1 "$annot" merge s-00002-of-00003.txt s-00000-of-00003.txt
says 's-00001-of-00003.txt'
status 1 "$annot" merge all.txt whole.txt
says 'use --unique'
status 0 "$annot" merge all.txt whole.txt --unique
printed "$(cat all.txt)"
echo 'v0.mp4 3' >clash.txt
status 1 "$annot" merge all.txt clash.txt --unique
says 'clash.txt:1: v0.mp4 has other labels or frames than at all.txt:1'
echo 'v 10 3' >frames.txt
status 1 "$annot" merge all.txt frames.txt
says 'other media'

# Numbers.
printf 'a 10 0\nb 30 2\nc 20 2\na 50 1\n' >counts.txt
status 0 "$annot" stats counts.txt --num-classes 5 --per-class
grep -qE '^counts.txt +4 +3 +0 +0 +3 of 5 +0 / 1 / 2 +2.00 +10 / 20 / 50 +110$' out || fail "statistics: $(cat out)"
grep -q '^    2 .* 2 .* 50$' out || fail "the row of class 2: $(cat out)"
status 0 "$annot" stats counts.txt --json
shows '"records_per_class": {"least": 1, "median": 1, "most": 2, "total": 4}'
status 0 "$annot" stats counts.txt all.txt --plot classes.svg
grep -q '<svg' classes.svg || fail "no chart"
status 2 "$annot" stats counts.txt --plot classes.svg
status 0 "$annot" stats counts.txt --plot classes.svg --plot-what frames --force
grep -q 'Numbers of frames' classes.svg || fail "no histogram"

# The script that made a file makes it again.
mkdir work
cd work
cp ../all.txt 'raw list.txt'
status 0 "$annot" convert 'raw list.txt' --to videos-json -o a.json
status 0 "$annot" split a.json --seed 5 -o parts
status 0 "$annot" merge parts/train.json parts/val.json --unique -o final.json
cp final.json ../want.json
cd ..
status 0 "$annot" trace work/final.json
grep -q "'raw list.txt'" out || fail "quoting: $(cat out)"
equal 3 "$(grep -c 'vs-annot .* -o ' out)" "commands"
cp out remake.sh
rm -r work/a.json* work/parts work/final.json*
PATH=$build:$PATH sh remake.sh 2>/dev/null
cmp work/final.json want.json || fail "the script makes another file"
status 0 "$annot" trace work/final.json --verify
status 0 "$annot" trace work/final.json --json
shows '"command": ["vs-annot", "convert", "raw list.txt", "--to", "videos-json", "-o", "a.json"]'
echo 'v99.mp4 0' >>'work/raw list.txt'
status 1 "$annot" trace work/final.json --verify
says 'raw list.txt: has'
status 1 "$annot" trace all.txt
says 'no manifest says how it was made'
status 1 "$annot" trace nowhere
status 2 "$annot" trace
