#!/bin/bash
# --hwaccel cuda by FFmpeg's own code on a fake GPU, which decodes and runs no kernel: the values are the CPU's.
source "$(dirname "$0")/lib_motion.sh"
source "$(dirname "$0")/../lib_fake_nvdec.sh"
list=("$videos"/{low_fps_1.mp4,all_intra.mp4,h264.ts,hevc_bframes.mkv})
known=$(printf '%s:' "${list[@]}")
# One that cannot be loaded goes before any that could: its CUDA runtime would find the fake driver.
mkdir none
echo broken >none/libvscuda.so

on_gpu() { VS_PLUGIN_DIR=none on_fake "$known" "" "$motion" --hwaccel "$@"; }

for method in luma ssim mad; do
  "$motion" -q -o - --method $method "${list[@]}" >lines
  status 0 on_gpu cuda -j1 -o - --method $method "${list[@]}"
  cmp lines stdout || fail "$method differs"
  ! grep "decoded on the CPU" stderr || fail "a video was not decoded by the GPU"
  equal "$([[ $method == mad ]] && echo 0 || echo 1)" "$(grep -c "motion is measured on the CPU" stderr)" \
    "lines about where $method is measured"
  status 0 on_gpu cuda:1 -q -j4 -o - --method $method "${list[@]}"
  cmp lines stdout || fail "$method differs on the second GPU with four jobs"
done
status 0 on_gpu auto -o one.h5 -j1 --method luma "${list[@]}"
says "vs-motion: --hwaccel auto: cuda decodes"
says "vs-motion: --hwaccel: motion is measured on the CPU, none/libvscuda.so cannot be loaded: "
grep -q '"hwaccel": "cuda"' one.h5.manifest.json || fail "the manifest says what decoded"
status 0 on_gpu cuda -o four.h5 -j4 --method luma "${list[@]}"
cmp one.h5 four.h5 || fail "jobs change bytes"

# What fails on the GPU is measured on the CPU, with one line a video.
"$motion" -q -o - --method luma "${list[@]}" >lines
VS_PLUGIN_DIR=none status 0 on_fake "$known" "failing_decode=9 failing_map=60 failing_download=160" "$motion" \
  --hwaccel cuda -j1 -o - --method luma "${list[@]}"
cmp lines stdout || fail "a GPU that fails changes values"
equal 3 "$(grep -c ": decoded on the CPU, not by cuda: " stderr)" "videos that left the GPU"

status 2 on_fake "" "devices=0" "$motion" -o never.h5 --method luma --hwaccel cuda "${list[0]}"
says "vs-motion: error: --hwaccel cuda: does not open: "
says "CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected (leave the option out to decode on the CPU)"
equal 1 "$(wc -l <stderr)" "lines on stderr"
[[ ! -e never.h5 ]] || fail "something was written"
status 0 on_fake "" "devices=0" "$motion" -o - --method luma --hwaccel auto "${list[@]}"
says "vs-motion: --hwaccel auto: the CPU decodes, cuda does not open: "
cmp lines stdout || fail "auto on the CPU measures something else"
echo ok
