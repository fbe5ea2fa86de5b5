#!/bin/bash
# --hwaccel cuda on a machine with a GPU that decodes: frames are those of the CPU, all or chosen, by any number of jobs.
source "$(dirname "$0")/lib_extract.sh"
"$extract" -q -o opened --num-frames 1 --hwaccel cuda "$videos/low_fps_1.mp4" 2>stderr || {
  echo "skipped: $(cat stderr)"
  exit 77
}

# near WHAT: raw frames in ./cpu and ./gpu differ by at most 2 of 255 anywhere
near() {
  equal "$(stat -c %s cpu)" "$(stat -c %s gpu)" "bytes of $1"
  local furthest
  furthest=$({ cmp -l cpu gpu || true; } |
    awk 'function n(o) { return 64 * int(o / 100) + 8 * (int(o / 10) % 10) + o % 10 }
         { d = n($2) - n($3); if (d < 0) d = -d; if (d > m) m = d } END { print m + 0 }')
  [[ $furthest -le 2 ]] || fail "$1: pixels differ by up to $furthest"
}
for file in bbb_720p.mp4 h264.ts all_intra.mp4 low_fps_1.mp4; do
  for how in "" "--num-frames 7" "--key-frames" "--fps 3"; do
    # shellcheck disable=SC2086 # words of one line
    "$extract" -q -o - $how "$videos/$file" >cpu
    # shellcheck disable=SC2086
    "$extract" -o - $how --hwaccel cuda "$videos/$file" >gpu 2>stderr
    near "$file $how"
    ! grep "decoded on the CPU" stderr || fail "$file was not decoded by the GPU"
  done
done

"$extract" -o one.h5 -j1 --num-frames 5 --hwaccel cuda "$videos"/*.mp4 "$videos/mpeg4_bframes.avi" 2>stderr || true
says "mpeg4_bframes.avi: decoded on the CPU, not by cuda: the pixels of mpeg4 are not the same on every decoder"
"$extract" -q -o four.h5 -j4 --num-frames 5 --hwaccel cuda "$videos"/*.mp4 "$videos/mpeg4_bframes.avi" || true
cmp one.h5 four.h5 || fail "jobs change bytes"
grep -q '"hwaccel": "cuda"' one.h5.manifest.json || fail "the manifest says what decoded"
echo ok
