#!/bin/bash
# A run as users drive it: any number of jobs, killed and gone on with, in shards, protocols, other places of frames.
source "$(dirname "$0")/lib_eval.sh"
run=("$eval" -q "${small[@]}" --untrained "${data[@]}")

status 0 "${run[@]}" -j 1 -o one.h5 --save-metrics one.json --depfile one.d
grep -q '"mean_average_precision"' one.json || fail "no metrics in the document"
grep -q 'one.h5:' one.d || fail "no make rule"
status 0 "${run[@]}" -j 4 -o four.h5
cmp one.h5 four.h5 || fail "jobs 1 and 4 differ"
status 2 "${run[@]}" -o one.h5
says "exists"
status 0 "${run[@]}" -o one.h5 --force

# Killed at any moment, started again.
for try in 1 2 3 4 5 6; do
  "${run[@]}" -o killed.h5 >/dev/null 2>&1 &
  child=$!
  sleep "0.$((RANDOM % 9))$try"
  kill -KILL $child 2>/dev/null || true
  if wait $child 2>/dev/null; then break; fi
done
[[ -e killed.h5 && ! -e .killed.h5.partial.log ]] || "${run[@]}" -o killed.h5 >/dev/null
cmp one.h5 killed.h5 || fail "other bytes after kills"

# Shards, joined, are the whole.
for i in 0 1 2; do status 0 "${run[@]}" --shard $i/3 -o part.h5; done
"$annot" -q merge part-0000?-of-00003.h5 -o whole.h5
cmp one.h5 whole.h5 || fail "the merged shards differ from the whole"

# Processes that torchrun, srun or mpirun started take their parts by themselves.
ranks=()
for rank in 0 1 2; do
  RANK=$rank WORLD_SIZE=3 "${run[@]}" --shard auto -o rank.h5 >/dev/null &
  ranks+=($!)
done
for child in "${ranks[@]}"; do wait "$child" || fail "a rank failed"; done
"$annot" -q merge rank-0000?-of-00003.h5 -o ranks.h5
cmp one.h5 ranks.h5 || fail "the merged parts of ranks differ from the whole"
status 0 "$eval" score ranks.h5
grep '^[a-z]' stdout | sed 's/ranks.h5/one.h5/' >ranks.txt
status 0 "$eval" score one.h5
grep '^[a-z]' stdout | cmp ranks.txt - || fail "metrics of ranks and of one process"

# The same scores for any number of threads, if asked for; other threads and batches agree to rounding.
status 0 "${run[@]}" --deterministic -o d1.h5
status 0 "${run[@]}" --deterministic --batch 1 -j 2 -o d2.h5
cmp d1.h5 d2.h5 || fail "deterministic runs differ"
status 0 "${run[@]}" --threads 1 --batch 3 --dtype float32 --device cpu -o batch.h5
status 0 "${run[@]}" --dtype bfloat16 -o half.h5

# Frame folders and packs hold the same frames, so the scores are the same: PNG loses nothing.
"$build/vs-extract" -q "$videos"/{all_intra.mp4,low_fps_1.mp4,h264.ts,mpeg4_bframes.avi} --format png -o frames
sed 's/\.[a-z0-9]* / /' list.txt | while read -r name label; do
  echo "$name $(find "frames/$name" -name '*.png' | wc -l) $label"
done >folders.txt
folders=("$eval" -q "${small[@]}" --untrained --annotations folders.txt --data frames)
status 0 "${folders[@]}" -o folders.h5 --template 'img_{:05}.png' --start-index 0
status 0 "$eval" compare one.h5 folders.h5
has "0 videos are predicted differently"
"$build/vs-extract" -q "$videos"/{all_intra.mp4,low_fps_1.mp4,h264.ts,mpeg4_bframes.avi} --format png -o pack.h5
status 0 "$eval" -q "${small[@]}" --untrained --annotations folders.txt --data pack.h5 -o pack-scores.h5
status 0 "$eval" compare one.h5 pack-scores.h5
has "0 videos are predicted differently"

# Protocols: more views, and what a recipe cannot do.
status 0 "${run[@]}" --protocol ten-crop -o ten.h5
status 0 "${run[@]}" --protocol twice-sample+three-crop --average-clips score -o three.h5
status 2 "${run[@]}" --protocol 10x3 -o never.h5
says "one clip"
status 2 "${run[@]}" --protocol 5-crop -o never.h5
says "is no protocol"
status 0 "${run[@]}" --protocol three-crop --print-recipe -o never.h5
has '"ThreeCrop"'
[[ ! -e never.h5 ]] || fail "--print-recipe wrote scores"

# One split of an annotation file that has several.
"$annot" -q convert list.txt --to annotations -o all.h5
status 1 "$eval" -q "${small[@]}" --untrained --annotations all.h5 --data "$videos" --split train -o train.h5
says "train"

status 0 "${run[@]}" --dry-run -o never.h5
has "videos  4"
status 0 "$eval" --list-recipes
has "DRCA-S-K4-224"
status 0 "$eval" run --list-recipes --json
has '"vs.recipes/1"'
echo ok
