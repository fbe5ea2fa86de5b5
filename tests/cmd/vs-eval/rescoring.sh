#!/bin/bash
# Metrics of saved scores: numbers worked out by hand, exports of other programs, fusion, comparison, pictures.
source "$(dirname "$0")/lib_eval.sh"

# Four videos, three classes. Predicted 0, 1, 2, 0; labels 0, 1, 1, 2: two right.
cat >first.json <<'EOF'
[[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.3, 0.5], [0.5, 0.3, 0.2]]
EOF
cat >second.json <<'EOF'
[[0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.1, 0.3, 0.6]]
EOF
printf 'a.mp4 0\nb.mp4 1\nc.mp4 1\nd.mp4 2\n' >labels.txt
labels=(--annotations labels.txt)
status 0 "$eval" score first.json "${labels[@]}" --topk 1,2 --per-class
equal 0.5000 "$(metric top1_acc)" "top-1"
equal 0.7500 "$(metric top2_acc)" "top-2"
# Classes 0: 1 of 1, 1: 1 of 2, 2: 0 of 1.
equal 0.5000 "$(metric mean_class_accuracy)" "mean class accuracy"
has "most confused with"
# Precision at the positives: class 0: 1; class 1: first and second; class 2: second.
status 0 "$eval" score first.json "${labels[@]}" --metrics mAP
equal 0.7778 "$(metric mean_average_precision)" "mAP"

# Intervals are the same for a seed, and hold the value.
status 0 "$eval" score first.json "${labels[@]}" --bootstrap 200 --confidence 0.9 --seed 3 --save-metrics m.json
cp stdout once
grep -q '"intervals"' m.json || fail "no intervals in the document"
status 0 "$eval" score first.json "${labels[@]}" --bootstrap 200 --confidence 0.9 --seed 3
cmp stdout once || fail "another draw for one seed"
has "at 90 %"

# The second has three right. Only in the first: a; only in the second: c and d.
status 0 "$eval" compare first.json second.json "${labels[@]}"
has "top1_acc 0.5000 and 0.7500: 1 videos right in the first alone, 2 in the second alone, 1 in both, 0 in none"
has "$(printf 'a\t0 -> 1 (0)')"
status 0 "$eval" compare first.json second.json "${labels[@]}" --json
has '"only_second": 2'

# One to one the sum has a, b, c and d right but for a: 0.9, 0.9 tie, the lower class counts.
status 0 "$eval" fuse first.json second.json "${labels[@]}" --coefficients 1,1 -o fused.h5
status 0 "$eval" score fused.h5
has "over 4 videos"
status 2 "$eval" fuse first.json second.json "${labels[@]}" -o fused.h5
says "exists"
status 0 "$eval" fuse first.json second.json "${labels[@]}" --softmax -o fused.h5 --force
cp fused.h5 before.h5
status 2 "$eval" fuse fused.h5 first.json "${labels[@]}" --coefficients 1,1 -o fused.h5 --force
says "--output"
cmp -s fused.h5 before.h5 || fail "a file that is read was replaced"
status 2 "$eval" fuse first.json second.json "${labels[@]}" --coefficients 1
says "1 numbers for 2 files"
status 2 "$eval" fuse first.json "${labels[@]}"

# Several rows a video: how they become one is said, and may be said anew.
echo '[[[1, 0, 0], [0, 0, 3]], [[0, 1, 0], [0, 1, 0]], [[0, 2, 0], [0, 0, 1]], [[0, 0, 1], [0, 0, 1]]]' >clips.json
status 1 "$eval" score clips.json "${labels[@]}"
says "--average-clips"
status 0 "$eval" again clips.json "${labels[@]}" --average-clips score -o mean.h5
equal 0.7500 "$(metric top1_acc)" "top-1 of the mean"
status 0 "$eval" score mean.h5
equal 0.7500 "$(metric top1_acc)" "top-1 of the file"
status 0 "$eval" again clips.json "${labels[@]}" --average-clips prob
status 2 "$eval" again clips.json "${labels[@]}"

# Pictures and tables.
status 0 "$eval" score fused.h5 --plot classes.svg --plot-kind classes --confusion confusion.csv
grep -q '</svg>' classes.svg || fail "no bars"
equal 4 "$(wc -l <confusion.csv)" "lines of the confusion table"
status 0 "$eval" score fused.h5 --plot confusion.svg --plot-kind confusion
status 1 "$eval" score fused.h5 --plot cost.svg
says "does not say what a video costs"
status 0 "$eval" -q "${small[@]}" --untrained "${data[@]}" -o a.h5
status 0 "$eval" -q "${small[@]}" --untrained --seed 1 "${data[@]}" -o b.h5
status 0 "$eval" score a.h5 b.h5 --plot cost.svg --metrics top_k_accuracy
has "[2]"
status 0 "$eval" score a.h5 --plot time.svg --plot-kind time
status 0 "$eval" score a.h5 --metrics calibration,arnet_map,frameexit_map,mmit_mAP --renumber-classes
has "expected_calibration_error"

# Several systems as one page. The files of one recipe's name are runs of one system.
for seed in 2 3; do
  status 0 "$eval" -q "${small[@]}" --untrained --seed $seed --set name=other "${data[@]}" -o other-$seed.h5
done
status 0 "$eval" report a.h5 b.h5 other-2.h5 other-3.h5 --metrics top_k_accuracy --topk 1
has "| other |"
equal 4 "$(grep -c '^|' stdout)" "lines of the table"
name=$(sed -n 's/^| \(.*\) | .* ± .*/\1/p' stdout | head -n 1 | tr -d '\\')
cat >outline.json <<EOF
{"schema": "vs.outline/1", "title": "Two & more", "text": "What it is.", "sections": [
  {"title": "First", "systems": [{"recipe": "$name", "name": "one"}, {"recipe": "other", "name": "two"}]}]}
EOF
status 0 "$eval" report a.h5 b.h5 other-2.h5 other-3.h5 --outline outline.json -o report.html
for text in '<h1>Two &amp; more</h1>' '<p>What it is.</p>' '<td>two</td>' 'Accuracy against time' 'vs-eval 0' '--seed 3'; do
  grep -qF -- "$text" report.html || fail "the page lacks $text"
done
[[ -e report.html.manifest.json ]] || fail "no manifest of the page"
status 2 "$eval" report a.h5 --outline outline.json -o report.html
says "exists"
status 0 "$eval" report a.h5 --outline outline.json -o report.html --force --title Another
grep -q '<title>Another</title>' report.html || fail "--title"
status 0 "$eval" report a.h5 other-2.h5 --json
has '"schema": "vs.report/1"'
status 0 "$eval" report first.json "${labels[@]}" -o report.md
grep -q '| first | 50.0 |' report.md || fail "no row of an export: $(cat report.md)"
status 1 "$eval" report a.h5 first.json "${labels[@]}"
sed 's/"other"/"third"/' outline.json >wrong.json
status 1 "$eval" report other-2.h5 --outline wrong.json
says "no section of the outline names its recipe, other"
sed 's/"systems"/"rows"/' outline.json >wrong.json
status 1 "$eval" report a.h5 --outline wrong.json
says "rows"

# Scores and labels that do not belong together.
printf 'a.mp4 0\nb.mp4 1\nc.mp4 1\n' >short.txt
status 1 "$eval" score first.json --annotations short.txt
says "holds scores of 4 videos and short.txt names 3"
status 1 "$eval" score a.h5 "${labels[@]}"
says "is not in labels.txt"
printf 'a.mp4 0\nb.mp4 1\nc.mp4 1\nd.mp4 7\n' >high.txt
status 1 "$eval" score first.json --annotations high.txt
says "label 7"
echo '[[0.7, NaN, 0.1]]' >nan.json
status 1 "$eval" score nan.json --annotations short.txt
status 1 "$eval" compare first.json a.h5 "${labels[@]}"
status 1 "$eval" score first.json
says "names no videos"
status 2 "$eval" score first.json "${labels[@]}" --metrics accuracy
says "is no metric"
status 1 "$eval" exit a.h5 --train a.h5
says "no logits of stages"
echo ok
