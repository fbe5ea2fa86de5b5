#include "lib/metrics/accuracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#include "lib/core/error.h"
#include "lib/metrics/confusion.h"

namespace vs::metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Classes of one sample that rank before `label`.
template <class T>
int64_t rank_of(std::span<const T> row, int64_t label) {
  const T own = row[static_cast<size_t>(label)];
  int64_t before = 0;
  for (size_t c = 0; c < row.size(); ++c) {
    if (row[c] > own || (row[c] == own && static_cast<int64_t>(c) > label)) ++before;
  }
  return before;
}

}  // namespace

template <class T>
std::vector<int64_t> label_ranks(const Scores<T>& scores, std::span<const int64_t> labels) {
  check_labels(scores, labels);
  std::vector<int64_t> ranks;
  ranks.reserve(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) ranks.push_back(rank_of(scores.row(static_cast<int64_t>(i)), labels[i]));
  return ranks;
}

template <class T>
std::vector<double> top_k_accuracy(const Scores<T>& scores, std::span<const int64_t> labels,
                                   std::span<const int64_t> ks) {
  for (const int64_t k : ks) {
    if (k < 1) throw UsageError("top-k accuracy", fmt::format("k is {}", k), "must be at least 1");
  }
  const std::vector<int64_t> ranks = label_ranks(scores, labels);
  std::vector<double> shares;
  for (const int64_t k : ks) {
    const auto hits = std::count_if(ranks.begin(), ranks.end(), [k](int64_t rank) { return rank < k; });
    shares.push_back(ranks.empty() ? kNaN : static_cast<double>(hits) / static_cast<double>(ranks.size()));
  }
  return shares;
}

template <class T>
double mean_class_accuracy(const Scores<T>& scores, std::span<const int64_t> labels) {
  check_labels(scores, labels);
  const std::vector<int64_t> predicted = predicted_classes(scores);
  const Confusion confusion = count_confusion(predicted, labels);
  if (confusion.size() == 0) return kNaN;
  double sum = 0;
  for (const double accuracy : class_accuracies(confusion)) sum += accuracy;
  return sum / static_cast<double>(confusion.size());
}

template <class T>
MultiLabelTopK multi_label_top_k(const Scores<T>& scores, std::span<const uint8_t> relevant, int64_t k) {
  if (k < 0) throw UsageError("multi-label top-k", fmt::format("k is {}", k), "must be at least 0");
  check_scores(scores);
  if (relevant.size() != scores.values.size()) {
    throw DataError("labels", fmt::format("{} values for {} scores", relevant.size(), scores.values.size()));
  }
  const int64_t num_samples = scores.num_samples();
  if (num_samples == 0) return {kNaN, kNaN, kNaN};
  MultiLabelTopK total;
  for (int64_t i = 0; i < num_samples; ++i) {
    const auto row = scores.row(i);
    const auto marks = relevant.subspan(static_cast<size_t>(i * scores.num_classes), row.size());
    const int64_t num_labels = std::count_if(marks.begin(), marks.end(), [](uint8_t mark) { return mark != 0; });
    if (num_labels == 0) {
      throw DataError(sample_name(scores.names, i), "no label",
                      "a sample without label cannot be scored: leave it out");
    }
    const int64_t own_k = k == 0 ? num_labels : k;
    int64_t found = 0;
    for (size_t c = 0; c < row.size(); ++c) {
      if (marks[c] != 0 && rank_of(row, static_cast<int64_t>(c)) < own_k) ++found;
    }
    total.hit += found > 0 ? 1 : 0;
    total.precision += static_cast<double>(found) / static_cast<double>(own_k);
    total.recall += static_cast<double>(found) / static_cast<double>(num_labels);
  }
  const auto count = static_cast<double>(num_samples);
  return {total.hit / count, total.precision / count, total.recall / count};
}

template std::vector<int64_t> label_ranks(const Scores<float>&, std::span<const int64_t>);
template std::vector<int64_t> label_ranks(const Scores<double>&, std::span<const int64_t>);
template std::vector<double> top_k_accuracy(const Scores<float>&, std::span<const int64_t>, std::span<const int64_t>);
template std::vector<double> top_k_accuracy(const Scores<double>&, std::span<const int64_t>, std::span<const int64_t>);
template double mean_class_accuracy(const Scores<float>&, std::span<const int64_t>);
template double mean_class_accuracy(const Scores<double>&, std::span<const int64_t>);
template MultiLabelTopK multi_label_top_k(const Scores<float>&, std::span<const uint8_t>, int64_t);
template MultiLabelTopK multi_label_top_k(const Scores<double>&, std::span<const uint8_t>, int64_t);

}  // namespace vs::metrics
