#!/bin/bash
# systems.sh on a GPU that is not there: tests/cmd/lib_fake_gpu.sh.
export sees_fake_gpu=yes in_place_of_cpu=yes
source "$(dirname "$0")/systems.sh"
