#!/bin/bash
# --hwaccel cuda on a machine with a GPU that decodes: luma is the CPU's, SSIM nearly, measured on the GPU where
# libvscuda.so is and on the CPU where it is not, by any number of jobs.
source "$(dirname "$0")/lib_motion.sh"
"$motion" -q -o opened.h5 --method luma --hwaccel cuda "$videos/low_fps_1.mp4" 2>stderr || {
  echo "skipped: $(cat stderr)"
  exit 77
}

# on_gpu OPTIONS...: its standard error goes to ./stderr
on_gpu() { "$motion" --hwaccel cuda "$@" 2>stderr; }

# Large pictures, which take emulated kernels minutes.
large=(bbb_720p.mp4)
[[ -z ${sees_fake_gpu-} ]] || large=()
for file in "${large[@]}" h264.ts all_intra.mp4 low_fps_1.mp4 resolution_change.ts; do
  "$motion" -q --json --method luma "$videos/$file" >cpu || continue
  on_gpu --json --method luma "$videos/$file" >gpu
  ! grep "decoded on the CPU" stderr || fail "$file was not decoded by the GPU"
  cmp cpu gpu || fail "$file: luma differs"
  motion_of --method ssim "$videos/$file" >cpu
  motion_of --method ssim --hwaccel cuda "$videos/$file" >gpu
  equal "$(wc -l <cpu)" "$(wc -l <gpu)" "values of $file"
  paste cpu gpu | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d >= 0.001) exit 1 }' || fail "$file: SSIM differs"
done

# Without a library that fits the same values come from frames that are brought to the CPU.
mkdir none
echo text >none/libvscuda.so
VS_PLUGIN_DIR=none on_gpu -o - --method luma "$videos/low_fps_1.mp4" >lines
says "vs-motion: --hwaccel: motion is measured on the CPU, none/libvscuda.so cannot be loaded: "
"$motion" -q -o - --method luma "$videos/low_fps_1.mp4" | cmp - lines || fail "without the library luma differs"

list=("${large[@]/#/$videos/}" "$videos"/{all_intra,low_fps_1,not_a_video,zero_length}.mp4)
for method in luma ssim; do
  "$motion" -q -j1 -o one.h5 --method $method --hwaccel cuda "${list[@]}" || true
  "$motion" -q -j4 -o four.h5 --method $method --hwaccel cuda "${list[@]}" || true
  cmp one.h5 four.h5 || fail "$method: jobs change bytes"
  rm one.h5* four.h5*
done
echo ok
