#!/bin/bash
# --hwaccel cuda by FFmpeg's own code on a fake GPU: the bytes are the CPU's, whatever is chosen and whatever fails.
source "$(dirname "$0")/lib_extract.sh"
source "$(dirname "$0")/../lib_fake_nvdec.sh"
list=("$videos"/{low_fps_1.mp4,all_intra.mp4,h264.ts,hevc_bframes.mkv,resolution_change.ts})
known=$(printf '%s:' "${list[@]}")

for how in "" "--num-frames 7" "--key-frames" "--fps 3"; do
  for file in "${list[@]}"; do
    # shellcheck disable=SC2086 # words of one line
    "$extract" -q -o - $how "$file" >cpu
    # shellcheck disable=SC2086
    on_fake "$known" "" "$extract" -o - $how --hwaccel cuda "$file" >gpu 2>stderr
    cmp cpu gpu || fail "$file $how: the pixels are others"
    ! grep "decoded on the CPU" stderr || fail "$file was not decoded by the GPU"
  done
done

# A file of frames differs from the CPU's in what its manifest says decoded, and in nothing by how many jobs and by what
# failed on the way.
pack() { "$extract" -q --num-frames 5 "$@" "${list[@]}"; }
pack -o cpu.h5
on_fake "$known" "" pack -j1 -o one.h5 --hwaccel cuda
on_fake "$known" "" pack -j4 -o four.h5 --hwaccel cuda
on_fake "$known" "" pack -j4 -o auto.h5 --hwaccel auto
on_fake "$known" "failing_decode=9 failing_map=30 failing_download=50" \
  "$extract" --num-frames 5 -j1 -o failing.h5 --hwaccel cuda "${list[@]}" 2>stderr
equal 3 "$(grep -c ": decoded on the CPU, not by cuda: " stderr)" "videos that left the GPU"
for file in four auto failing; do cmp one.h5 $file.h5 || fail "$file.h5 has other bytes"; done
for file in one auto; do
  grep -q '"hwaccel": "cuda"' $file.h5.manifest.json || fail "$file.h5: the manifest says what decoded"
done
h5dump -d /data cpu.h5 2>none | tail -n +2 >cpu_frames
h5dump -d /data one.h5 2>none | tail -n +2 | cmp - cpu_frames || fail "the frames are not the CPU's"

on_fake "$known" "" pack -o second.h5 --hwaccel cuda:1
cmp one.h5 second.h5 || fail "which GPU changes bytes"
status 0 on_fake "$known" "" "$extract" -o auto --num-frames 1 --hwaccel auto "${list[0]}"
says "vs-extract: --hwaccel auto: "
! grep "auto: the CPU decodes" stderr || fail "auto does not see the GPU"

# A stream that the GPU does not take, and one that it cannot decode to the bit.
status 0 on_fake "$known" "takes_streams=0" "$extract" -o taken --num-frames 3 --hwaccel cuda "${list[0]}"
says "low_fps_1.mp4: decoded on the CPU, not by cuda: Hardware is lacking required capabilities"
equal 1 "$(grep -c "decoded on the CPU" stderr)" "warnings"
status 0 on_fake "$known" "" "$extract" -o exact --num-frames 3 --hwaccel cuda "$videos/mpeg4_bframes.avi"
says "mpeg4_bframes.avi: decoded on the CPU, not by cuda: the pixels of mpeg4 are not the same on every decoder"

# No GPU, and not so many.
status 2 on_fake "" "devices=0" "$extract" -o never --hwaccel cuda "${list[0]}"
says "vs-extract: error: --hwaccel cuda: does not open: "
says "CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected (leave the option out to decode on the CPU)"
equal 1 "$(wc -l <stderr)" "lines on stderr"
status 2 on_fake "" "" "$extract" -o never --hwaccel cuda:2 "${list[0]}"
says "CUDA_ERROR_INVALID_DEVICE: invalid device ordinal"
[[ ! -e never ]] || fail "something was written"
status 0 on_fake "" "devices=0" "$extract" -o cpu_auto.h5 --num-frames 5 --hwaccel auto "${list[@]}"
says "auto: the CPU decodes, cuda does not open: "
cmp cpu.h5 cpu_auto.h5 || fail "auto on the CPU is the default, byte for byte"
echo ok
