// Which of a video's labels a network that knows one label a video is trained with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/core/random.h"

namespace vs::data {

/// The labels to choose from: each distinct one once, ascending. Evaluation takes them in this order, so that its
/// results can be had again. Throws DataError where there is none or one is negative.
std::vector<int32_t> distinct_labels(std::span<const int32_t> labels);

/// One of the distinct labels, each equally likely, however often the list repeats it. One draw. Throws as
/// distinct_labels(). Source: training of ResKD on ActivityNet and FCVID.
int32_t draw_label(std::span<const int32_t> labels, RandomSource& random);

/// The distinct labels in the order in which training sees them; its target is the first. One label: as it is, nothing
/// drawn. Two: ascending with probability 2/3, else the other way round, one draw. More: every order equally likely.
/// Throws as distinct_labels(). Source: AdaFocusV2 (three labels at most), after AR-Net.
std::vector<int32_t> draw_label_order(std::span<const int32_t> labels, RandomSource& random);

}  // namespace vs::data
