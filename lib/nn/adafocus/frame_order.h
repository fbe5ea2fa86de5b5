// The order in which AdaFocusV2 looks at the frames of a video (Wang et al., CVPR 2022).
#pragma once

#include <cstdint>
#include <vector>

namespace vs::nn {

/// Middle, first and last frame, then the middles of ever shorter intervals: a prefix of any length is spread over the
/// video, so that leaving early loses little. Returns a permutation of [0, num_segments): for 8 it is
/// 3 0 7 1 5 2 4 6. num_segments: 3 to 2^20, else UsageError.
/// Source: input_order of AdaFocusV2's experiments on ActivityNet, FCVID and Mini-Kinetics.
std::vector<int64_t> coarse_to_fine_order(int64_t num_segments);

}  // namespace vs::nn
