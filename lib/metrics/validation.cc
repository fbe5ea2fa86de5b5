#include "lib/metrics/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "lib/core/error.h"
#include "lib/metrics/accuracy.h"

namespace vs::metrics {
namespace {

/// -ln softmax of one class.
double cross_entropy(std::span<const float> logits, int64_t label) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  return std::log(sum) + largest - static_cast<double>(logits[static_cast<size_t>(label)]);
}

}  // namespace

PrefixValidation validate_prefixes(const StageLogits& logits, std::span<const int64_t> labels, int64_t labels_per_video,
                                   AbsentClasses absent) {
  exit_confidences(logits, ExitConfidence::kMaxLogit);  // refuses sizes and logits that cannot be
  const int64_t num_videos = logits.num_videos();
  if (labels_per_video < 1 || static_cast<int64_t>(labels.size()) != num_videos * labels_per_video) {
    throw DataError("labels",
                    fmt::format("{} labels in rows of {} for {} videos", labels.size(), labels_per_video, num_videos));
  }
  std::vector<int64_t> first;
  for (size_t i = 0; i < labels.size(); i += static_cast<size_t>(labels_per_video)) first.push_back(labels[i]);
  const std::vector<int64_t> last_stage(static_cast<size_t>(num_videos), logits.num_stages - 1);
  const std::vector<float> last = logits_at_exit(logits, last_stage);
  const Scores<float> scores{last, logits.num_classes, logits.names};

  PrefixValidation result;
  const std::vector<int64_t> ks = {1, 5};
  const std::vector<double> hits = top_k_accuracy(scores, first, ks);
  result.top1 = hits[0];
  result.top5 = hits[1];
  result.mean_average_precision =
      arnet_mean_average_precision(scores, multi_hot(labels, labels_per_video, logits.num_classes, logits.names),
                                   absent)
          .mean;
  double sum = 0;
  for (int64_t video = 0; video < num_videos; ++video) {
    for (int64_t stage = 0; stage < logits.num_stages; ++stage) {
      sum += cross_entropy(logits.at(video, stage), first[static_cast<size_t>(video)]);
    }
  }
  result.loss = num_videos == 0 ? std::numeric_limits<double>::quiet_NaN()
                                : sum / static_cast<double>(num_videos * logits.num_stages);
  if (num_videos == 0) result.mean_average_precision = result.loss;
  return result;
}

}  // namespace vs::metrics
