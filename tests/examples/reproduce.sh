#!/usr/bin/env bash
# From videos to report.html on a small scale: every system has its row; a run that was killed goes on; the second time
# nothing is done; a touched recipe does again what depends on it; and from scratch the page is the same but for times.
source "$(dirname "$0")/lib_example.sh"
[[ $("$build/examples/bursts/vs-bursts" --version) == *"with libx264"* ]] || { echo "skipped: FFmpeg without libx264"; exit 77; }
cd "$work"
settings=(SEEDS=0 TRAIN_VIDEOS=20 VAL_VIDEOS=10 SMALL_TRAIN_VIDEOS=20 FEW_TRAIN_VIDEOS=20 SMALL_VAL_VIDEOS=10 THREADS=1 PARTS=2
  TRAIN_FLAGS="--set train.epochs=1 --set train.batch_size=8 --set train.validate_every=1")
run() { make -s -C "$root/examples/reproduce" BUILD="$build" OUT="$work/$1" "${settings[@]}" "${@:2}"; }
# The page without what differs from run to run.
without_times() {
  sed -e '/<figure class="time">/,/<\/figure>/d' -e 's/<\(td\|span\) class="time">[^<]*<//g' "$1"
}

# Killed somewhere in the middle, with everything that runs.
setsid make -s -C "$root/examples/reproduce" BUILD="$build" OUT="$work/first" "${settings[@]}" -j2 >make.log 2>&1 &
make=$!
for _ in $(seq 600); do
  [[ -e first/trained/guided-0 || ! -e /proc/$make ]] && break
  sleep 0.2
done
kill -KILL -- "-$make" 2>/dev/null || fail "make had ended before it was killed: $(tail -n 3 make.log)"
wait "$make" 2>/dev/null || true
[[ ! -e first/report.html ]] || fail "the page was there already"
run first -j2 >results 2>make.log || { tail make.log >&2; fail "make after a kill"; }
for system in "by motion" "of 10, chosen" "policy says" "learned ranking" "with a teacher" "budget 0.5"; do
  grep -q "$system" results || fail "results.md lacks \"$system\""
  grep -q "$system" first/report.html || fail "report.html lacks \"$system\""
done
[[ $(grep -c '<svg' first/report.html) = 10 ]] || fail "not two charts a table"
for words in "vs-extract --quiet --list bursts/list.txt" "vs-annot merge" "vs-annot filter" "vs-motion" "vs-train" "vs-distill"; do
  grep -q "$words" first/report.html || fail "how it was made lacks: $words"
done
grep -q '<td>bursts/videos/</td><td>30</td>' first/report.html || fail "the raw videos are not among the sources"
if grep -E 'https?://' first/report.html | grep -vq 'http://www.w3.org/2000/svg'; then fail "the page needs the network"; fi
if grep -q "$work" first/report.html; then fail "the page names a folder of this machine"; fi

run first -q || fail "the second run would do something"
touch first/recipes/teacher.json
run first -n >plan
grep -q 'runs/teacher-0' plan || fail "a changed recipe is not seen"
if grep -q -e 'runs/guided' -e 'vs-extract' plan; then fail "what does not depend on it is done again: $(cat plan)"; fi

# Parts that other processes made are taken as they are.
mkdir second
run second videos >/dev/null 2>&1
(cd second && "$root/examples/pipelines/parallel.sh" bursts/list.txt bursts/frames.h5 2 --quality 95)
run second -n frames >plan
if grep -q 'vs-extract --quiet --list bursts/' plan; then fail "parts are made again: $(cat plan)"; fi
rm -r second

run second -j2 >/dev/null 2>make.log || { tail make.log >&2; fail "make from scratch"; }
without_times first/report.html >first.html
without_times second/report.html >second.html
cmp first.html second.html || fail "another page from scratch: $(diff first.html second.html | head -n 6)"
cmp first/results.md second/results.md || fail "another table from scratch"
echo ok
