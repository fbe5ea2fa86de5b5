#include "lib/metrics/spread.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace vs::metrics {

Spread spread_of(std::span<const double> values) {
  Spread spread{static_cast<int64_t>(values.size()), std::numeric_limits<double>::quiet_NaN(), 0};
  if (values.empty()) return spread;
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  spread.mean = sum / count;
  // Two passes: the sum of squares less the squared sum would lose the digits that tell runs apart.
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  if (values.size() > 1) spread.deviation = std::sqrt(squares / (count - 1));
  return spread;
}

MeanDifference difference_of_means(const Spread& first, const Spread& second) {
  const auto variance_of_mean = [](const Spread& one) {
    return one.count > 0 ? one.deviation * one.deviation / static_cast<double>(one.count) : 0;
  };
  return {first.mean - second.mean, std::sqrt(variance_of_mean(first) + variance_of_mean(second))};
}

MeanDifference paired_difference(std::span<const double> first, std::span<const double> second) {
  if (first.size() != second.size()) throw std::logic_error("pairs of unequal counts");
  std::vector<double> differences;
  for (size_t i = 0; i < first.size(); ++i) differences.push_back(first[i] - second[i]);
  const Spread spread = spread_of(differences);
  return {spread.mean, spread.deviation / std::sqrt(static_cast<double>(differences.size()))};
}

}  // namespace vs::metrics
