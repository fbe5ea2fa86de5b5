#include "lib/metrics/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "lib/core/error.h"

namespace vs::metrics {

std::string sample_name(std::span<const std::string> names, int64_t sample) {
  if (sample >= 0 && static_cast<size_t>(sample) < names.size()) return names[static_cast<size_t>(sample)];
  return fmt::format("sample {}", sample);
}

template <class T>
void check_scores(const Scores<T>& scores) {
  if (scores.num_classes < 1) {
    throw DataError("scores", fmt::format("{} classes", scores.num_classes), "at least 1 is needed");
  }
  if (scores.values.size() % static_cast<size_t>(scores.num_classes) != 0) {
    throw DataError("scores", fmt::format("{} values are no whole number of rows of {} classes", scores.values.size(),
                                          scores.num_classes));
  }
  const auto bad = std::find_if(scores.values.begin(), scores.values.end(), [](T value) { return std::isnan(value); });
  if (bad == scores.values.end()) return;
  const int64_t index = bad - scores.values.begin();
  throw DataError(sample_name(scores.names, index / scores.num_classes),
                  fmt::format("score of class {} is not a number", index % scores.num_classes),
                  "compute the scores of this sample again, or leave it out");
}

template <class T>
void check_labels(const Scores<T>& scores, std::span<const int64_t> labels) {
  check_scores(scores);
  if (static_cast<int64_t>(labels.size()) != scores.num_samples()) {
    throw DataError("labels", fmt::format("{} labels for {} samples", labels.size(), scores.num_samples()),
                    "scores and labels must be of the same list");
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < scores.num_classes) continue;
    throw DataError(sample_name(scores.names, static_cast<int64_t>(i)),
                    fmt::format("label {} is not in 0..{}", labels[i], scores.num_classes - 1),
                    labels[i] == -1 ? "a sample without label cannot be scored: leave it out"
                                    : "scores and labels must be of the same class list");
  }
}

template <class T>
std::vector<int64_t> predicted_classes(const Scores<T>& scores) {
  check_scores(scores);
  std::vector<int64_t> classes;
  classes.reserve(static_cast<size_t>(scores.num_samples()));
  for (int64_t i = 0; i < scores.num_samples(); ++i) {
    const auto row = scores.row(i);
    classes.push_back(std::max_element(row.begin(), row.end()) - row.begin());
  }
  return classes;
}

template <class T>
std::vector<double> softmax(const Scores<T>& scores) {
  check_scores(scores);
  std::vector<double> out;
  out.reserve(scores.values.size());
  for (int64_t i = 0; i < scores.num_samples(); ++i) {
    const auto row = scores.row(i);
    const double largest = *std::max_element(row.begin(), row.end());
    if (std::isinf(largest)) {
      throw DataError(sample_name(scores.names, i), "largest score is infinite", "softmax needs finite scores");
    }
    double sum = 0;
    for (const T value : row) {
      out.push_back(std::exp(static_cast<double>(value) - largest));
      sum += out.back();
    }
    for (size_t k = out.size() - row.size(); k < out.size(); ++k) out[k] /= sum;
  }
  return out;
}

template <class T>
std::vector<double> probabilities(const Scores<T>& scores, ScoreValues values) {
  if (values == ScoreValues::kLogits) return softmax(scores);
  check_scores(scores);
  constexpr double kTolerance = 1e-3;
  for (int64_t i = 0; i < scores.num_samples(); ++i) {
    double sum = 0;
    bool negative = false;
    for (const T value : scores.row(i)) {
      sum += static_cast<double>(value);
      negative = negative || value < 0;
    }
    if (!negative && std::abs(sum - 1) <= kTolerance) continue;
    throw DataError(sample_name(scores.names, i),
                    negative ? "a probability is negative" : fmt::format("probabilities add up to {:g}", sum),
                    "are these logits?");
  }
  return {scores.values.begin(), scores.values.end()};
}

std::vector<uint8_t> multi_hot(std::span<const int64_t> labels, int64_t labels_per_sample, int64_t num_classes,
                               std::span<const std::string> names) {
  if (num_classes < 1 || labels_per_sample < 1 || labels.size() % static_cast<size_t>(labels_per_sample) != 0) {
    throw DataError(
        "labels", fmt::format("{} values in rows of {} for {} classes", labels.size(), labels_per_sample, num_classes));
  }
  const size_t num_samples = labels.size() / static_cast<size_t>(labels_per_sample);
  std::vector<uint8_t> hot(num_samples * static_cast<size_t>(num_classes), 0);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == -1) continue;
    const size_t sample = i / static_cast<size_t>(labels_per_sample);
    if (labels[i] < 0 || labels[i] >= num_classes) {
      throw DataError(sample_name(names, static_cast<int64_t>(sample)),
                      fmt::format("label {} is not in 0..{}", labels[i], num_classes - 1));
    }
    hot[sample * static_cast<size_t>(num_classes) + static_cast<size_t>(labels[i])] = 1;
  }
  return hot;
}

template void check_scores(const Scores<float>&);
template void check_scores(const Scores<double>&);
template void check_labels(const Scores<float>&, std::span<const int64_t>);
template void check_labels(const Scores<double>&, std::span<const int64_t>);
template std::vector<int64_t> predicted_classes(const Scores<float>&);
template std::vector<int64_t> predicted_classes(const Scores<double>&);
template std::vector<double> softmax(const Scores<float>&);
template std::vector<double> softmax(const Scores<double>&);
template std::vector<double> probabilities(const Scores<float>&, ScoreValues);
template std::vector<double> probabilities(const Scores<double>&, ScoreValues);

}  // namespace vs::metrics
