#include "lib/sampling/motion_curve.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::sampling {
namespace {

double smoothed(double motion, double mu) {
  if (mu == 0.5) return std::sqrt(motion);
  if (mu == 1) return motion;
  return std::pow(motion, mu);
}

}  // namespace

double pairwise_sum(std::span<const double> values) {
  const size_t n = values.size();
  if (n < 8) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }
  if (n > 128) {
    const size_t half = n / 2 - n / 2 % 8;
    return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
  }
  std::array<double, 8> r;
  for (size_t j = 0; j < 8; ++j) r[j] = values[j];
  size_t i = 8;
  for (; i + 8 <= n; i += 8)
    for (size_t j = 0; j < 8; ++j) r[j] += values[i + j];
  double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  for (; i < n; ++i) sum += values[i];
  return sum;
}

std::vector<double> motion_curve(std::span<const double> motion, double mu) {
  if (!(mu >= 0) || !std::isfinite(mu)) throw UsageError(fmt::format("mu {}", mu), "must be 0 or more");
  std::vector<double> curve(motion.size());
  for (size_t i = 0; i < motion.size(); ++i) {
    if (!(motion[i] >= 0) || !std::isfinite(motion[i]))
      throw DataError(fmt::format("motion value {}", i), fmt::format("{} is not a motion", motion[i]),
                      "values are 0 or more");
    curve[i] = smoothed(motion[i], mu);
  }
  const double total = pairwise_sum(curve);
  if (!std::isfinite(total)) throw DataError("motion", "values are too large to be added");
  if (total == 0) return curve;
  double sum = 0;
  for (double& value : curve) {
    sum += value / total;
    value = sum;
  }
  return curve;
}

}  // namespace vs::sampling
