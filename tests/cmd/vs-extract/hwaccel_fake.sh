#!/bin/bash
# hwaccel_gpu.sh on a GPU that is not there: tests/cmd/lib_fake_gpu.sh.
export sees_fake_gpu=yes
source "$(dirname "$0")/hwaccel_gpu.sh"
