#include "lib/metrics/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

template <class T>
void check_same_list(const Scores<T>& first, const Scores<T>& second) {
  if (first.num_classes == second.num_classes && first.values.size() == second.values.size()) return;
  throw DataError("comparison",
                  fmt::format("{} x {} scores against {} x {}", first.num_samples(), first.num_classes,
                              second.num_samples(), second.num_classes),
                  "both must be of the same videos and class list");
}

}  // namespace

McNemar mcnemar_test(int64_t only_first, int64_t only_second) {
  if (only_first < 0 || only_second < 0) {
    throw DataError("mcnemar test", fmt::format("counts {} and {}", only_first, only_second), "must be at least 0");
  }
  const int64_t total = only_first + only_second, fewer = std::min(only_first, only_second);
  if (total == 0) return {};
  const auto n = static_cast<double>(total);
  // In logarithms: 2^-n is 0 for large n.
  const auto probability = [n](int64_t k) {
    const auto successes = static_cast<double>(k);
    return std::exp(std::lgamma(n + 1) - std::lgamma(successes + 1) - std::lgamma(n - successes + 1) -
                    n * std::log(2.0));
  };
  double below = 0;  // P(X < fewer), the smallest terms first
  for (int64_t k = 0; k < fewer; ++k) below += probability(k);
  const double seen = probability(fewer);
  return {std::min(1.0, 2 * (below + seen)), std::min(1.0, 2 * below + seen)};
}

template <class T>
PairedTop1 compare_top1(const Scores<T>& first, const Scores<T>& second, std::span<const int64_t> labels) {
  check_same_list(first, second);
  check_labels(first, labels);
  check_labels(second, labels);
  const std::vector<int64_t> guesses = predicted_classes(first), others = predicted_classes(second);
  PairedTop1 result;
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool right = guesses[i] == labels[i], other_right = others[i] == labels[i];
    ++(right ? (other_right ? result.both_right : result.only_first)
             : (other_right ? result.only_second : result.both_wrong));
    if (guesses[i] != others[i]) {
      result.changed.push_back({static_cast<int64_t>(i), guesses[i], others[i], labels[i]});
    }
  }
  const auto share = [&](int64_t count) {
    return labels.empty() ? std::numeric_limits<double>::quiet_NaN()
                          : static_cast<double>(count) / static_cast<double>(labels.size());
  };
  result.first_accuracy = share(result.both_right + result.only_first);
  result.second_accuracy = share(result.both_right + result.only_second);
  result.test = mcnemar_test(result.only_first, result.only_second);
  return result;
}

template <class T>
Bootstrap compare_mean_average_precision(const Scores<T>& first, const Scores<T>& second,
                                         std::span<const uint8_t> relevant, const BootstrapOptions& options) {
  check_same_list(first, second);
  return bootstrap(
      first.num_samples(),
      difference(counted_mean_average_precision(first, relevant), counted_mean_average_precision(second, relevant)),
      options);
}

template PairedTop1 compare_top1(const Scores<float>&, const Scores<float>&, std::span<const int64_t>);
template PairedTop1 compare_top1(const Scores<double>&, const Scores<double>&, std::span<const int64_t>);
template Bootstrap compare_mean_average_precision(const Scores<float>&, const Scores<float>&, std::span<const uint8_t>,
                                                  const BootstrapOptions&);
template Bootstrap compare_mean_average_precision(const Scores<double>&, const Scores<double>&,
                                                  std::span<const uint8_t>, const BootstrapOptions&);

}  // namespace vs::metrics
