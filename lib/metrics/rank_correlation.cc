#include "lib/metrics/rank_correlation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "lib/core/error.h"

namespace vs::metrics {

std::vector<double> average_ranks(std::span<const double> values) {
  const auto bad = std::find_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  if (bad != values.end()) {
    throw DataError(fmt::format("item {}", bad - values.begin()), "value is not a number",
                    "it has no rank: leave it out");
  }
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [values](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    // Ranks begin + 1 .. end are shared.
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + 1 + end) / 2;
    begin = end;
  }
  return ranks;
}

double spearman(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) {
    throw DataError("rank correlation", fmt::format("{} items against {}", a.size(), b.size()));
  }
  const std::vector<double> ranks_a = average_ranks(a);
  const std::vector<double> ranks_b = average_ranks(b);
  const double middle = (static_cast<double>(a.size()) + 1) / 2;
  double product = 0;
  double square_a = 0;
  double square_b = 0;
  for (size_t i = 0; i < ranks_a.size(); ++i) {
    product += (ranks_a[i] - middle) * (ranks_b[i] - middle);
    square_a += (ranks_a[i] - middle) * (ranks_a[i] - middle);
    square_b += (ranks_b[i] - middle) * (ranks_b[i] - middle);
  }
  if (square_a == 0 || square_b == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::clamp(product / (std::sqrt(square_a) * std::sqrt(square_b)), -1.0, 1.0);
}

}  // namespace vs::metrics
