#!/bin/bash
# What does not fit gets one clear line.
source "$(dirname "$0")/lib_distill.sh"
one_line() { equal 1 "$(wc -l <stderr)" "lines on stderr: $(cat stderr)"; }
refused() { # CODE TEXT OPTIONS...
  local code=$1 text=$2
  shift 2
  status "$code" "$distill" -q "$@" -o out
  says "$text"
  one_line
}

refused 2 "--teacher: is missing" --recipe ./rkd.json "${data[@]}"
refused 2 "--teacher-recipe: is missing" --recipe ./student.json --teacher teacher.safetensors "${data[@]}"
refused 2 "absent.pth" --recipe ./rkd.json --teacher absent.pth "${data[@]}"
refused 2 "names its teacher's network itself" "${rkd[@]}" --teacher-recipe ./teacher.json
refused 2 "--teacher-recipe tsn_r50_1x1x9: is no recipe" --recipe ./student.json --teacher-recipe tsn_r50_1x1x9 --teacher teacher.safetensors "${data[@]}"
refused 2 "AdaFocusV2" --recipe actnet_p128_res50 --teacher teacher.safetensors --teacher-recipe ./teacher.json "${data[@]}"
refused 2 "unknown" "${pair[@]}" --term score
refused 2 "no temperature" "${pair[@]}" --term pooled:1:4
refused 2 "twice" "${pair[@]}" --term scores --term scores:2
refused 2 "teacher_eval=true" "${rkd[@]}" --term scores --term pooled
refused 2 "train.mixup" "${pair[@]}" --set 'train.mixup={"alpha": 0.2}'

# Classes differ; the weights are of another network; a file that is none.
sed 's/"num_classes": 3/"num_classes": 4/' teacher.json >four.json
refused 2 "has 4 classes, the student 3" --recipe ./student.json --teacher-recipe ./four.json \
  --teacher teacher.safetensors "${data[@]}"
echo "no checkpoint" >text.pth
for file in teacher.safetensors text.pth; do
  status 1 "$distill" -q --recipe ./student.json --teacher-recipe ./wide.json --teacher $file "${data[@]}" -o out
  says "$file"
  says "while the teacher was loaded"
  rm -rf out
done
sed 's/"std": \[58.395/"std": [1.0/g' teacher.json >raw.json
refused 2 "normalises pixels" --recipe ./student.json --teacher-recipe ./raw.json --teacher teacher.safetensors "${data[@]}"

# What is kept needs fixed views and a teacher that does not change.
refused 2 "views" "${pair[@]}" --cache-teacher t.h5
refused 2 "teacher_eval=true" "${rkd[@]}" --cache-teacher t.h5 --views 2
[[ ! -e t.h5 ]] || fail "a refused run left a file"
