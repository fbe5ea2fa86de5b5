// Calibration: whether a probability of 0.7 is right in seven cases of ten.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/metrics/scores.h"

namespace vs::metrics {

/// Samples whose confidence lies in (low, high]; the first bin holds 0 too.
struct CalibrationBin {
  double low = 0, high = 1;
  int64_t count = 0;
  double confidence = 0;  ///< mean over the bin's samples, 0 without one
  double accuracy = 0;    ///< share of them that is predicted right, 0 without one
};

/// Calibration of single-label samples. Means are NaN without samples.
struct Calibration {
  double expected_error = 0;  ///< sum over bins of share of samples * |accuracy - confidence|
  double largest_error = 0;   ///< largest |accuracy - confidence| of a bin that has samples
  double brier = 0;           ///< mean over samples of the sum over classes of (probability - truth)^2, in [0, 2]
  double negative_log_likelihood = 0;  ///< mean of -ln(probability of the label), infinite where one is 0
  std::vector<CalibrationBin> bins;
  // By sample, so that intervals can be made by resampling.
  std::vector<double> confidence;       ///< largest probability
  std::vector<uint8_t> right;           ///< 1: predicted right, predicted_classes()
  std::vector<double> brier_of_sample;  ///< [num_samples]
  std::vector<double> nll_of_sample;    ///< [num_samples]
};

/// Measures calibration; bins are of equal width over [0, 1].
///
/// From logits the likelihood is computed by log-sum-exp, so that a sure mistake stays finite. num_bins >= 1
/// (UsageError). Throws DataError as check_labels() does, for infinite logits, and for probabilities that are negative
/// or whose sum is not 1 within 1e-3 (naming the sample).
/// Source: expected calibration error: Guo et al., ICML 2017; Brier, Monthly Weather Review 1950.
template <class T>
Calibration measure_calibration(const Scores<T>& scores, std::span<const int64_t> labels, ScoreValues values,
                                int64_t num_bins = 15);

/// The expected error alone, over samples that count `counts` times each: what bootstrap() resamples. All
/// [num_samples].
double expected_calibration_error(std::span<const double> confidence, std::span<const uint8_t> right, int64_t num_bins,
                                  std::span<const uint32_t> counts);

}  // namespace vs::metrics
