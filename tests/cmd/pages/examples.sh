#!/usr/bin/env bash
# Every command of the man pages runs, on small videos and a small network of the names that the pages use. Where a run
# of a published network would take hours, its options are read and the recipe is made, no more.
#
#   examples.sh BUILD_DIR [PAGE...]     # those of some pages only
source "$(dirname "$0")/lib_examples.sh"

wanted() { [[ ${#pages[@]} == 0 || " ${pages[*]} " == *" $1 "* ]]; }
pages=("${@:2}")

# Weights for pages that name some: trained once, on four videos.
mkdir trained
(
  cd trained
  stage_videos
  list videos/ >train.txt
  small_recipe uniform >small.json
  vs-train --quiet --recipe ./small.json --annotations train.txt -o run
  vs-eval --quiet --recipe ./small.json --weights run/last.safetensors --annotations train.txt -o scores.h5 >/dev/null
)
weights=$work/trained/run/last.safetensors scores=$work/trained/scores.h5

# What the examples of a page need.
stage() {
  local name i
  stage_videos
  case $1 in
    vs-extract)
      find videos -type f | sort >train.txt
      small_recipe uniform >tsn.json
      cp "$weights" tsn.pth
      ;;
    vs-motion) find videos -type f | sort >train.txt ;;
    vs-annot)
      list '' >train.txt
      printf 'right/broken.mp4 1\n' >val.txt
      cp broken.mp4 videos/right
      for i in {1..10}; do cp videos/left/b.mp4 "videos/left/$i.mp4"; done
      printf 'a 5 3\n' >a.txt
      mkdir -p k400 val/abseiling
      printf 'label,youtube_id,time_start,time_end,split\nabseiling,xxxxxxxxxxx,1,11,validate\n' >k400/kinetics_val.csv
      sed 's/validate/train/' k400/kinetics_val.csv >k400/kinetics_train.csv
      cp a.mp4 val/abseiling/xxxxxxxxxxx_000001_000011.mp4
      for i in 0 1 2 3; do echo "left/$i.mp4 0" >"part-0000$i-of-00004.txt"; done
      for i in {1..16}; do ln -s "$work/trained/videos/left/b.mp4" "$i.mp4"; done
      for i in {0..15}; do vs-extract --quiet --shard "$i/16" --num-frames 2 -o frames.h5 {1..16}.mp4; done
      vs-motion --quiet --plan 2 -o plan.json a.mp4
      ;;
    vs-flops)
      small_recipe uniform >tsn.json
      printf '{"type": "Recognizer3D", "backbone": {"type": "ResNet3dSlowOnly", "depth": 18, "pretrained": null,
        "lateral": false}, "cls_head": {"type": "I3DHead", "in_channels": 512, "num_classes": 9}}' >model.json
      cp "$weights" tsn.pth
      ;;
    vs-eval)
      short_list videos/ >val.txt
      small_recipe uniform >tsm.json
      cp "$weights" w.pth
      for name in scores a b c rgb flow; do cp "$scores" "$name.h5"; done
      ;;
    vs-train)
      list videos/ >train.txt
      short_list videos/ >val.txt
      small_recipe uniform >my.json
      ;;
    vs-distill)
      list videos/ >train.txt
      short_list videos/ >val.txt
      small_recipe uniform >s.json
      cp s.json t.json
      distilled_recipe >r.json
      cp "$weights" t.pth
      ;;
    vs-from-mmaction)
      list '' >train.txt
      cp train.txt val.txt
      cp train.txt all.txt
      cp "$scores" s.h5
      cp "$scores" val.h5
      cp "$scores" train.h5
      for name in tsn tsm drca adafocus ocsampler mobilenet_v2 resnet50; do cp "$weights" "$name.pth"; done
      ;;
  esac
}

# Sourced before each example. Latency is timed once; networks of a page's own small recipes run, of published ones no
# more than the recipe is made.
cat >wrappers <<'EOF'
vs-flops() { if [[ " $* " == *" --latency "* ]]; then command vs-flops "$@" --runs 1; else command vs-flops "$@"; fi; }
published() { [[ " $* " =~ " --recipe "[^" "./]+" " && " $* " != *" --print-recipe "* ]]; }
read_or_run() { if published "$@"; then command "$@" --print-recipe; else command "$@"; fi; }
vs-eval() {
  # Scores of the small network have no stages to leave early from: that is said, when the options are read.
  if [[ $1 == exit ]]; then command vs-eval "$@" || test $? = 1; else read_or_run vs-eval "$@"; fi
}
vs-train() { read_or_run vs-train "$@"; }
vs-distill() { read_or_run vs-distill "$@"; }
EOF
if ! command -v h5dump >/dev/null; then
  echo "skipped: h5dump is not installed"
  echo 'h5dump() { :; }' >>wrappers
fi
python=0
if python3 -c 'import h5py' 2>/dev/null; then python=1; else echo "skipped: python3 has no h5py"; fi
ran=0

# run WHAT: standard input as a script, which must end well.
run() {
  local status=0
  cat >"$work/script"
  ran=$((ran + 1))
  bash -euc "source '$work/wrappers'; source '$work/script'" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
  [[ $status == 0 ]] && return
  tail -n 5 "$work/stderr" >&2
  fail "$1 (status $status): $(cat "$work/script")"
}

for page in "$root"/man/vs-*.1; do
  name=$(basename "$page" .1)
  wanted "$name" || continue
  if [[ ! -x $build/$name ]]; then
    echo "skipped: $name is not built"
    continue
  fi
  mkdir "$name"
  cd "$name"
  stage "$name" >/dev/null
  [[ $(commands "$page" | wc -l) -gt 0 ]] || fail "$name: no example found"
  while IFS= read -r line; do
    # The list that check wrote is what filter reads: a bad video makes its status 1.
    [[ $line != vs-annot\ check* ]] || line+=' || test $? = 1'
    # Two examples of a page may write the same file.
    if [[ $line =~ \ -o\ ([a-z][^\ ]*) ]]; then rm -rf "${BASH_REMATCH[1]}"; fi
    run "$name" <<<"$line"
  done < <(commands "$page")
  cd "$work"
done

for page in "$root"/man/*.[57]; do
  name=$(basename "$page" | sed 's/\.[57]$//')
  wanted "$name" || continue
  [[ $(marks "$page" | wc -l) == "$(grep -c '^\.\\" ' "$page")" ]] || fail "$name: a mark is unknown"
  mkdir "page-$name"
  cd "page-$name"
  stage "$name"
  number=0
  while IFS= read -r mark; do
    number=$((number + 1))
    [[ -n $(block "$page" "$number") ]] || fail "$name: block $number is empty"
    case $mark in
      run) run "$name, block $number" < <(block "$page" "$number") ;;
      python)
        [[ $python == 0 ]] ||
          run "$name, block $number" < <(printf "python3 - <<'EOF'\n%s\nEOF\n" "$(block "$page" "$number")")
        ;;
      file:*) block "$page" "$number" >"${mark#file: }" ;;
    esac
  done < <(marks "$page")
  if [[ -s Makefile ]]; then
    small_recipe uniform >u.json
    small_recipe guided >g.json
    rm -rf ./*.txt ./*.h5* ./*.json.manifest.json lists
    make -s -j2 UNIFORM=./u.json GUIDED=./g.json >"$work/stdout" 2>"$work/stderr" ||
      { tail "$work/stderr" >&2; fail "$name: make"; }
    [[ -s report.html ]] || fail "$name: no report.html"
    make -q UNIFORM=./u.json GUIDED=./g.json || fail "$name: make would do it again"
  fi
  cd "$work"
done
[[ ${#pages[@]} -gt 0 || $ran -gt 50 ]] || fail "only $ran examples ran"
echo "ok: $ran examples"
