#!/bin/bash
# device_gpu.sh on a GPU that is not there: tests/cmd/lib_fake_gpu.sh.
export sees_fake_gpu=yes
# The CPU rounds half precision more often than a GPU.
export half_apart=0.5
source "$(dirname "$0")/device_gpu.sh"
