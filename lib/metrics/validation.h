// What AdaFocusV2 reports of a validation pass over networks that predict after every frame.
#pragma once

#include <cstdint>
#include <span>

#include "lib/metrics/average_precision.h"
#include "lib/metrics/early_exit.h"

namespace vs::metrics {

/// Fractions and a loss; NaN without videos.
struct PrefixValidation {
  double loss = 0;  ///< mean cross-entropy over videos and stages, against the first label
  double top1 = 0;  ///< of the last stage, against the first label
  double top5 = 0;
  double mean_average_precision = 0;  ///< of the last stage, arnet_mean_average_precision()
};

/// Measures a validation pass. Averages run over videos, which is what the published averages over batches come to,
/// weighted by their sizes, however uneven.
///
/// labels [num_videos, labels_per_video], filled up with -1; the first of each is its label for loss and top-k.
/// `absent` as in arnet_mean_average_precision(). Throws DataError naming the video for logits that are not finite, a
/// label out of range, or a video whose first label is -1; and for sizes that do not fit. Source: validate of
/// AdaFocusV2's training program.
PrefixValidation validate_prefixes(const StageLogits& logits, std::span<const int64_t> labels, int64_t labels_per_video,
                                   AbsentClasses absent = AbsentClasses::kKeepColumns);

}  // namespace vs::metrics
