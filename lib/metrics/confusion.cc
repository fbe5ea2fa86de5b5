#include "lib/metrics/confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

void check_classes(std::span<const int64_t> predicted, std::span<const int64_t> labels, int64_t num_classes) {
  if (predicted.size() != labels.size()) {
    throw DataError("labels", fmt::format("{} labels for {} predictions", labels.size(), predicted.size()));
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    for (const int64_t value : {labels[i], predicted[i]}) {
      if (value >= 0 && value < num_classes) continue;
      throw DataError(fmt::format("sample {}", i),
                      value < 0 ? fmt::format("class {} is negative", value)
                                : fmt::format("class {} is not in 0..{}", value, num_classes - 1),
                      "leave samples without class out");
    }
  }
}

/// Counts once `classes` is known; every value occurs in it.
Confusion count(std::span<const int64_t> predicted, std::span<const int64_t> labels, std::vector<int64_t> classes) {
  Confusion confusion{std::move(classes), {}};
  const auto& known = confusion.classes;
  confusion.counts.assign(known.size() * known.size(), 0);
  const auto place = [&known](int64_t value) {
    return static_cast<size_t>(std::lower_bound(known.begin(), known.end(), value) - known.begin());
  };
  for (size_t i = 0; i < labels.size(); ++i) ++confusion.counts[place(labels[i]) * known.size() + place(predicted[i])];
  return confusion;
}

}  // namespace

Confusion count_confusion(std::span<const int64_t> predicted, std::span<const int64_t> labels) {
  check_classes(predicted, labels, std::numeric_limits<int64_t>::max());
  std::vector<int64_t> classes(labels.begin(), labels.end());
  classes.insert(classes.end(), predicted.begin(), predicted.end());
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return count(predicted, labels, std::move(classes));
}

Confusion count_confusion_all(std::span<const int64_t> predicted, std::span<const int64_t> labels,
                              int64_t num_classes) {
  if (num_classes < 1) {
    throw UsageError("confusion matrix", fmt::format("{} classes", num_classes), "at least 1 is needed");
  }
  check_classes(predicted, labels, num_classes);
  std::vector<int64_t> classes(static_cast<size_t>(num_classes));
  std::iota(classes.begin(), classes.end(), int64_t{0});
  return count(predicted, labels, std::move(classes));
}

std::vector<double> normalized(const Confusion& confusion, Normalize normalize) {
  const auto size = static_cast<size_t>(confusion.size());
  std::vector<int64_t> row_sums(size, 0);
  std::vector<int64_t> column_sums(size, 0);
  for (size_t i = 0; i < confusion.counts.size(); ++i) {
    row_sums[i / size] += confusion.counts[i];
    column_sums[i % size] += confusion.counts[i];
  }
  const int64_t total = std::accumulate(row_sums.begin(), row_sums.end(), int64_t{0});
  std::vector<double> shares(confusion.counts.size(), 0);
  for (size_t i = 0; i < shares.size(); ++i) {
    const int64_t whole = normalize == Normalize::kTrue        ? row_sums[i / size]
                          : normalize == Normalize::kPredicted ? column_sums[i % size]
                                                               : total;
    if (whole != 0) shares[i] = static_cast<double>(confusion.counts[i]) / static_cast<double>(whole);
  }
  return shares;
}

std::vector<double> class_accuracies(const Confusion& confusion) {
  const std::vector<double> shares = normalized(confusion, Normalize::kTrue);
  const auto size = static_cast<size_t>(confusion.size());
  std::vector<double> accuracies(size);
  for (size_t i = 0; i < size; ++i) accuracies[i] = shares[i * size + i];
  return accuracies;
}

std::vector<ClassAccuracy> top_k_classes(const Confusion& confusion, int64_t k, ClassOrder order) {
  if (k < 1) throw UsageError("top-k classes", fmt::format("k is {}", k), "must be at least 1");
  const std::vector<double> accuracies = class_accuracies(confusion);
  std::vector<ClassAccuracy> ranked;
  for (size_t i = 0; i < accuracies.size(); ++i) ranked.push_back({confusion.classes[i], accuracies[i]});
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const ClassAccuracy& a, const ClassAccuracy& b) { return a.accuracy < b.accuracy; });
  if (order == ClassOrder::kMostAccurate) std::reverse(ranked.begin(), ranked.end());
  ranked.resize(static_cast<size_t>(std::min<int64_t>(k, confusion.size())));
  return ranked;
}

}  // namespace vs::metrics
