#include "lib/metrics/spread.h"

#include <cmath>
#include <limits>

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

}  // namespace vs::metrics
