# Sourced by lib_program.sh where a test for machines with a GPU runs on one that is not there (sees_fake_gpu is set):
# networks compute on the fake device (tests/support/fake_gpu), which is the CPU, decoding is the fake NVDEC's
# (tests/support/fake_nvdec), kernels for pictures are emulated.
# shellcheck shell=bash disable=SC2154 # lib_program.sh sets videos and scratch
fake_gpu=$build/tests/fake_gpu
fake_nvdec=$build/tests/fake_nvdec
[[ -e $fake_gpu/libvscuda.so && -e $fake_nvdec/libcuda.so.1 ]] || fail "the fake GPU is not built"
export VS_PLUGIN_DIR=$fake_gpu
export LD_LIBRARY_PATH=$fake_nvdec${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
VS_FAKE_NVDEC_VIDEOS=$(printf '%s:' "$videos"/*.*)
export VS_FAKE_NVDEC_VIDEOS
# Tests run side by side, and the device is the CPU's threads.
export OMP_NUM_THREADS=1

# A test of programs on the CPU, with that GPU in the CPU's place: programs that run networks are told so each time.
if [[ -n ${in_place_of_cpu-} ]]; then
  mkdir "$scratch/.programs"
  ln -s "$build"/* "$scratch/.programs"
  for program in vs-eval vs-train vs-distill; do
    rm "$scratch/.programs/$program"
    cat >"$scratch/.programs/$program" <<PROGRAM
#!/bin/bash
case "\${1-}" in score | fuse | again | compare | report | exit | retrieve | curves) exec "$build/$program" "\$@" ;; esac
exec "$build/$program" "\$@" --device cuda:0 --hwaccel cuda
PROGRAM
    chmod +x "$scratch/.programs/$program"
  done
  build=$scratch/.programs
fi
