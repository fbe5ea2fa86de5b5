# Sourced by tests that run a program on the fake NVDEC (tests/support/fake_nvdec/control.h), after lib_program.sh.
# shellcheck shell=bash
fake_nvdec=$build/tests/fake_nvdec
[[ -e $fake_nvdec/libcuda.so.1 ]] || fail "the fake NVDEC is not built"

# on_fake VIDEOS SWITCHES COMMAND...: with a GPU that decodes these videos, paths with ':' between them
on_fake() {
  local known=$1 switches=$2
  shift 2
  LD_LIBRARY_PATH=$fake_nvdec${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} VS_FAKE_NVDEC_VIDEOS=$known \
    VS_FAKE_NVDEC_SWITCHES=$switches "$@"
}
