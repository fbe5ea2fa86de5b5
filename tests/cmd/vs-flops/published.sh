#!/bin/bash
# Every published figure is met within 1 %, or a reason stands beside it.
source "$(dirname "$0")/lib_flops.sh"
status 0 "$flops" --table published
has "0 unexplained"
has "AdaFocusV2, CVPR 2022, table of ActivityNet"
status 0 "$flops" --table published --csv
equal 0 "$(awk -F, 'NR > 1 && $NF == "" && ($6 > 0.01 || $6 < -0.01)' stdout | wc -l)" "figures more than 1 % away"
status 0 "$flops" --table published --json
has '"vs.published_costs/1"'
