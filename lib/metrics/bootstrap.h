// Confidence intervals by resampling: what a metric would have been with other videos of the same kind.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "lib/metrics/scores.h"

namespace vs::metrics {

/// A metric over samples that count `counts` times each, [num_samples]; all 1 is the plain metric. It is called from
/// several threads.
using CountedMetric = std::function<double(std::span<const uint32_t> counts)>;

/// Mean of one value a sample; NaN if nothing counts or a sample that counts is NaN. Of hits (0 or 1) it is top-k
/// accuracy, of mmit_mean_average_precision().each mmit mAP, of a retrieval's precisions its mAP.
CountedMetric counted_mean(std::vector<double> values);

/// mean_class_accuracy() of predictions. predicted and labels [num_samples], at least 0 each (DataError).
CountedMetric counted_mean_class_accuracy(std::vector<int64_t> predicted, std::vector<int64_t> labels);

/// mean_average_precision() (its mean). Sorts once; a call walks each class once. At most 2^30 samples. Throws
/// DataError as mean_average_precision() does.
template <class T>
CountedMetric counted_mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant);

struct BootstrapOptions {
  int64_t num_resamples = 1000;  ///< at least 1
  uint64_t seed = 0;
  int threads = 1;  ///< thread_count() of core; the result is the same for any
};

/// A metric and its resampled values.
struct Bootstrap {
  double value = 0;            ///< on the samples as they are
  std::vector<double> values;  ///< [num_resamples], NaN where the metric is undefined

  /// Share of `values` that is defined lies between these, as much left out below as above: linear between neighbours,
  /// as numpy's quantile. NaN if no value is defined. confidence in (0, 1), else UsageError.
  struct Interval {
    double low = 0, high = 0;
    int64_t num_undefined = 0;
  };
  Interval interval(double confidence = 0.95) const;
  /// Two-sided p of "the value is 0": twice the smaller share of resamples on one side of 0 or at it, one more counted
  /// on each side than there are; at most 1. Meant for differences. NaN if no value is defined.
  double p_of_zero() const;
};

/// Draws num_samples samples with replacement, num_resamples times, each time from its own stream of (seed, number of
/// the resample). Without samples all values are the metric of nothing. Throws UsageError for num_resamples below 1.
/// Source: percentile bootstrap, Efron and Tibshirani 1993.
Bootstrap bootstrap(int64_t num_samples, const CountedMetric& metric, const BootstrapOptions& options);

/// How often each sample is drawn in one resample: [num_samples], sum num_samples.
std::vector<uint32_t> resample_counts(int64_t num_samples, uint64_t seed, uint64_t resample);

/// `second` minus `first` on the same resamples: a paired comparison.
CountedMetric difference(CountedMetric first, CountedMetric second);

}  // namespace vs::metrics
