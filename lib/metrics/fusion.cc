#include "lib/metrics/fusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "lib/core/error.h"

namespace vs::metrics {

template <class T>
std::vector<double> weighted_scores(std::span<const Scores<T>> files, std::span<const double> coefficients,
                                    FusionInput input) {
  if (files.empty() || files.size() != coefficients.size()) {
    throw UsageError("score fusion", fmt::format("{} files and {} coefficients", files.size(), coefficients.size()),
                     "give one coefficient a file");
  }
  std::vector<double> sum(files[0].values.size(), 0);
  for (size_t f = 0; f < files.size(); ++f) {
    if (!std::isfinite(coefficients[f])) {
      throw UsageError("score fusion", fmt::format("coefficient {} is not finite", f));
    }
    if (files[f].num_classes != files[0].num_classes || files[f].values.size() != sum.size()) {
      throw DataError("score fusion",
                      fmt::format("file {} holds {} x {} scores, file 0 holds {} x {}", f, files[f].num_samples(),
                                  files[f].num_classes, files[0].num_samples(), files[0].num_classes),
                      "all must be of the same list and class list");
    }
    try {
      check_scores(files[f]);
      if (input == FusionInput::kSoftmax) {
        const std::vector<double> shares = softmax(files[f]);
        for (size_t i = 0; i < sum.size(); ++i) sum[i] += coefficients[f] * shares[i];
      } else {
        for (size_t i = 0; i < sum.size(); ++i) sum[i] += coefficients[f] * static_cast<double>(files[f].values[i]);
      }
    } catch (Error& error) {
      error.add_context(fmt::format("while adding score file {}", f));
      throw;
    }
  }
  return sum;
}

template <class T>
std::vector<T> average_clips(const Scores<T>& clips, int64_t num_clips, ClipAverage average) {
  if (num_clips < 1) throw UsageError("average of clips", fmt::format("{} clips", num_clips), "at least 1 is needed");
  check_scores(clips);
  if (clips.num_samples() % num_clips != 0) {
    throw DataError("average of clips",
                    fmt::format("{} rows are no multiple of {} clips", clips.num_samples(), num_clips));
  }
  std::vector<int64_t> offsets;
  for (int64_t row = 0; row <= clips.num_samples(); row += num_clips) offsets.push_back(row);
  return average_clips(clips, offsets, average);
}

template <class T>
std::vector<T> average_clips(const Scores<T>& clips, std::span<const int64_t> offsets, ClipAverage average,
                             std::span<const std::string> names) {
  check_scores(clips);
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != clips.num_samples()) {
    throw DataError("average of clips", fmt::format("offsets do not go from 0 to {} rows", clips.num_samples()));
  }
  for (size_t v = 0; v + 1 < offsets.size(); ++v) {
    if (offsets[v + 1] > offsets[v]) continue;
    throw DataError(sample_name(names, static_cast<int64_t>(v)), "has no scores");
  }
  if (average == ClipAverage::kNone) return {clips.values.begin(), clips.values.end()};
  std::vector<double> rows(clips.values.begin(), clips.values.end());
  if (average == ClipAverage::kProb) rows = softmax(clips);
  const auto num_classes = static_cast<size_t>(clips.num_classes);
  std::vector<T> means;
  means.reserve((offsets.size() - 1) * num_classes);
  std::vector<double> sums(num_classes);
  for (size_t v = 0; v + 1 < offsets.size(); ++v) {
    std::fill(sums.begin(), sums.end(), 0);
    const auto end = static_cast<size_t>(offsets[v + 1]) * num_classes;
    for (size_t i = static_cast<size_t>(offsets[v]) * num_classes; i < end; ++i) sums[i % num_classes] += rows[i];
    const auto count = static_cast<double>(offsets[v + 1] - offsets[v]);
    for (const double sum : sums) means.push_back(static_cast<T>(sum / count));
  }
  return means;
}

template std::vector<double> weighted_scores(std::span<const Scores<float>>, std::span<const double>, FusionInput);
template std::vector<double> weighted_scores(std::span<const Scores<double>>, std::span<const double>, FusionInput);
template std::vector<float> average_clips(const Scores<float>&, int64_t, ClipAverage);
template std::vector<float> average_clips(const Scores<float>&, std::span<const int64_t>, ClipAverage,
                                          std::span<const std::string>);
template std::vector<double> average_clips(const Scores<double>&, std::span<const int64_t>, ClipAverage,
                                           std::span<const std::string>);
template std::vector<double> average_clips(const Scores<double>&, int64_t, ClipAverage);

}  // namespace vs::metrics
