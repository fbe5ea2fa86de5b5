#include "lib/metrics/spread.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace vs::metrics {

TEST_CASE("spread: mean and deviation of a few values, worked out by hand") {
  const std::vector<double> values{1, 2, 6};
  const Spread spread = spread_of(values);
  CHECK(spread.count == 3);
  CHECK(spread.mean == doctest::Approx(3));
  // (4 + 1 + 9) / 2 = 7
  CHECK(spread.deviation == doctest::Approx(std::sqrt(7.0)));
}

TEST_CASE("spread: equal values far from zero have none") {
  CHECK(spread_of(std::vector<double>{1e9 + 0.1, 1e9 + 0.1, 1e9 + 0.1}).deviation == 0);
}

TEST_CASE("spread: one value has no deviation, none has no mean, NaN stays") {
  CHECK(spread_of(std::vector<double>{4}).deviation == 0);
  CHECK(spread_of(std::vector<double>{4}).mean == 4);
  CHECK(std::isnan(spread_of({}).mean));
  CHECK(std::isnan(spread_of(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()}).mean));
}

TEST_CASE("spread: the error of a difference adds the variances of both means") {
  const MeanDifference difference = difference_of_means({3, 10, 3}, {4, 7, 2});
  CHECK(difference.value == doctest::Approx(3));
  // 9 / 3 + 4 / 4 = 4
  CHECK(difference.standard_error == doctest::Approx(2));
  CHECK(difference_of_means({1, 2, 0}, {1, 1, 0}).standard_error == 0);
}

TEST_CASE("spread: pairs are compared by their differences") {
  // 4, 5, 6: mean 5, deviation 1, over the root of 3.
  const MeanDifference difference = paired_difference(std::vector<double>{14, 95, 46}, std::vector<double>{10, 90, 40});
  CHECK(difference.value == doctest::Approx(5));
  CHECK(difference.standard_error == doctest::Approx(1 / std::sqrt(3.0)));
  CHECK_THROWS_AS(paired_difference(std::vector<double>{1}, {}), std::logic_error);
}

}  // namespace vs::metrics
