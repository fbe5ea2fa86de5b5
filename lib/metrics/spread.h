// How far repeated runs lie apart, and whether two systems differ by more than that.
#pragma once

#include <cstdint>
#include <span>

namespace vs::metrics {

/// A few measurements of one thing, such as the accuracy of runs with several seeds.
struct Spread {
  int64_t count = 0;
  double mean = 0;       ///< NaN without values
  double deviation = 0;  ///< standard deviation with count - 1 in the denominator; 0 for a single value
};

/// Values that are not finite make mean and deviation NaN.
Spread spread_of(std::span<const double> values);

/// The difference of two means, and its standard error: the root of the sum of both variances, each divided by its
/// count (Welch). The error is 0 where neither has more than one value.
struct MeanDifference {
  double value = 0;
  double standard_error = 0;
};

/// The mean of `first` less that of `second`.
MeanDifference difference_of_means(const Spread& first, const Spread& second);

/// The same where the i-th values of both belong together, such as two scorings of one network: the error is that of
/// the mean of their differences. Equal counts, else std::logic_error.
MeanDifference paired_difference(std::span<const double> first, std::span<const double> second);

}  // namespace vs::metrics
