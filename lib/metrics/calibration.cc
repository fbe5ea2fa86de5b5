#include "lib/metrics/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The bin of (low, high] that a confidence falls into.
size_t bin_of(double confidence, int64_t num_bins) {
  const auto bin = static_cast<int64_t>(std::ceil(confidence * static_cast<double>(num_bins))) - 1;
  return static_cast<size_t>(std::clamp<int64_t>(bin, 0, num_bins - 1));
}

std::vector<CalibrationBin> empty_bins(int64_t num_bins) {
  if (num_bins < 1) throw UsageError("calibration", fmt::format("{} bins", num_bins), "at least 1 is needed");
  std::vector<CalibrationBin> bins(static_cast<size_t>(num_bins));
  for (size_t b = 0; b < bins.size(); ++b) {
    bins[b].low = static_cast<double>(b) / static_cast<double>(num_bins);
    bins[b].high = static_cast<double>(b + 1) / static_cast<double>(num_bins);
  }
  return bins;
}

std::vector<CalibrationBin> fill_bins(std::span<const double> confidence, std::span<const uint8_t> right,
                                      int64_t num_bins, std::span<const uint32_t> counts) {
  std::vector<CalibrationBin> bins = empty_bins(num_bins);
  for (size_t i = 0; i < confidence.size(); ++i) {
    CalibrationBin& bin = bins[bin_of(confidence[i], num_bins)];
    const auto times = counts.empty() ? uint32_t{1} : counts[i];
    bin.count += times;
    bin.confidence += times * confidence[i];
    bin.accuracy += right[i] != 0 ? times : 0;
  }
  for (CalibrationBin& bin : bins) {
    if (bin.count == 0) continue;
    bin.confidence /= static_cast<double>(bin.count);
    bin.accuracy /= static_cast<double>(bin.count);
  }
  return bins;
}

double expected_error(const std::vector<CalibrationBin>& bins) {
  int64_t total = 0;
  double sum = 0;
  for (const CalibrationBin& bin : bins) {
    total += bin.count;
    sum += static_cast<double>(bin.count) * std::abs(bin.accuracy - bin.confidence);
  }
  return total == 0 ? kNaN : sum / static_cast<double>(total);
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return kNaN;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// -ln of the softmax of one class.
template <class T>
double negative_log_softmax(std::span<const T> row, size_t label) {
  const double largest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const T value : row) sum += std::exp(static_cast<double>(value) - largest);
  return std::log(sum) - (static_cast<double>(row[label]) - largest);
}

}  // namespace

template <class T>
Calibration measure_calibration(const Scores<T>& scores, std::span<const int64_t> labels, ScoreValues values,
                                int64_t num_bins) {
  check_labels(scores, labels);
  const std::vector<double> shares = probabilities(scores, values);
  const std::vector<int64_t> predicted = predicted_classes(scores);
  const auto num_classes = static_cast<size_t>(scores.num_classes);
  Calibration result;
  for (size_t i = 0; i < labels.size(); ++i) {
    const std::span<const double> row = std::span<const double>(shares).subspan(i * num_classes, num_classes);
    const auto label = static_cast<size_t>(labels[i]);
    double brier = 0;
    for (size_t c = 0; c < num_classes; ++c) brier += std::pow(row[c] - (c == label ? 1 : 0), 2);
    result.confidence.push_back(*std::max_element(row.begin(), row.end()));
    result.right.push_back(predicted[i] == labels[i] ? 1 : 0);
    result.brier_of_sample.push_back(brier);
    result.nll_of_sample.push_back(values == ScoreValues::kLogits
                                       ? negative_log_softmax(scores.row(static_cast<int64_t>(i)), label)
                                       : -std::log(row[label]));
  }
  result.bins = fill_bins(result.confidence, result.right, num_bins, {});
  result.expected_error = expected_error(result.bins);
  result.largest_error = labels.empty() ? kNaN : 0;
  for (const CalibrationBin& bin : result.bins) {
    if (bin.count > 0) result.largest_error = std::max(result.largest_error, std::abs(bin.accuracy - bin.confidence));
  }
  result.brier = mean(result.brier_of_sample);
  result.negative_log_likelihood = mean(result.nll_of_sample);
  return result;
}

double expected_calibration_error(std::span<const double> confidence, std::span<const uint8_t> right, int64_t num_bins,
                                  std::span<const uint32_t> counts) {
  if (confidence.size() != right.size() || confidence.size() != counts.size()) {
    throw DataError("calibration", fmt::format("{} confidences, {} results and {} counts", confidence.size(),
                                               right.size(), counts.size()));
  }
  return expected_error(fill_bins(confidence, right, num_bins, counts));
}

template Calibration measure_calibration(const Scores<float>&, std::span<const int64_t>, ScoreValues, int64_t);
template Calibration measure_calibration(const Scores<double>&, std::span<const int64_t>, ScoreValues, int64_t);

}  // namespace vs::metrics
