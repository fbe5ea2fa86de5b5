#!/bin/bash
# Every published figure is met within 1 %, or a reason stands beside it.
source "$(dirname "$0")/lib_flops.sh"
status 0 "$flops" --table published
equal 2 "$(grep -c ', 0 unexplained' stdout)" "tables without unexplained figures"
has "tsn_r50_1x1x3_100e_kinetics400_rgb                24.33 M   24327632 equal    mmaction2 1.2.0, model zoo"
has "AdaFocusV2, CVPR 2022, table of ActivityNet"
status 0 "$flops" --table published --csv
equal 0 "$(awk -F, 'NR > 1 && $NF == "" && ($7 > 0.01 || $7 < -0.01)' stdout | wc -l)" "figures more than 1 % away"
status 0 "$flops" --table published --json
has '"vs.published_costs/1"'
has '"parameters": ['
