// Two models on the same videos: which predictions changed, and whether chance would explain the difference.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/metrics/bootstrap.h"
#include "lib/metrics/scores.h"

namespace vs::metrics {

/// A sample that the two predict differently.
struct ChangedSample {
  int64_t sample = 0;
  int64_t first = 0, second = 0;  ///< predicted classes
  int64_t label = 0;
  bool operator==(const ChangedSample&) const = default;
};

/// P values of McNemar's test, two-sided, from the binomial distribution.
struct McNemar {
  double exact = 1;  ///< 1 where nothing differs
  double mid_p = 1;  ///< less conservative: half of the probability of what was seen is left out on each side
};

/// McNemar's test of `only_first` samples that the first alone has right against `only_second`; both >= 0 (DataError).
/// Source: McNemar, Psychometrika 1947; mid-p: Fagerland, Lydersen and Laake, BMC Med. Res. Methodol. 2013.
McNemar mcnemar_test(int64_t only_first, int64_t only_second);

/// Top-1 of two models on the same single-label samples.
struct PairedTop1 {
  int64_t both_right = 0, only_first = 0, only_second = 0, both_wrong = 0;
  double first_accuracy = 0, second_accuracy = 0;  ///< NaN without samples
  McNemar test;
  std::vector<ChangedSample> changed;  ///< in order of the samples; those that are wrong in another way too
};

/// Compares predictions: predicted_classes(). Throws DataError as check_labels() does for both, and if they differ in
/// samples or classes.
template <class T>
PairedTop1 compare_top1(const Scores<T>& first, const Scores<T>& second, std::span<const int64_t> labels);

/// Paired bootstrap of the mAP of `second` minus that of `first`: both on the same resampled videos. Errors as
/// mean_average_precision() and bootstrap(), and DataError if the two differ in samples or classes.
template <class T>
Bootstrap compare_mean_average_precision(const Scores<T>& first, const Scores<T>& second,
                                         std::span<const uint8_t> relevant, const BootstrapOptions& options);

}  // namespace vs::metrics
