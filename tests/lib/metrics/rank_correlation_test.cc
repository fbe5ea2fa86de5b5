#include "lib/metrics/rank_correlation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Values = std::vector<double>;

TEST_CASE("ranks: equal values share the mean of their ranks") {
  CHECK(average_ranks(Values{10, 30, 20}) == Values{1, 3, 2});
  CHECK(average_ranks(Values{5, 1, 5, 5}) == Values{3, 1, 3, 3});
  CHECK(average_ranks({}).empty());
}

TEST_CASE("spearman: worked examples") {
  CHECK(spearman(Values{1, 2, 3}, Values{10, 100, 1000}) == doctest::Approx(1));
  CHECK(spearman(Values{1, 2, 3}, Values{3, 2, 1}) == doctest::Approx(-1));
  // No ties: 1 - 6 * sum d^2 / (n (n^2 - 1)); d = 0 1 1 0, 1 - 12/60.
  CHECK(spearman(Values{1, 2, 3, 4}, Values{1, 3, 2, 4}) == doctest::Approx(0.8).epsilon(1e-14));
  // Ties: ranks 1 2.5 2.5 4 and 1 2 3 4, 4.5 / sqrt(4.5 * 5).
  CHECK(spearman(Values{1, 2, 2, 3}, Values{1, 2, 3, 4}) == doctest::Approx(4.5 / std::sqrt(22.5)).epsilon(1e-14));
}

TEST_CASE("spearman: undefined cases, bad input") {
  CHECK(std::isnan(spearman({}, {})));
  CHECK(std::isnan(spearman(Values{1}, Values{1})));
  CHECK(std::isnan(spearman(Values{1, 2, 3}, Values{4, 4, 4})));
  CHECK_THROWS_AS(spearman(Values{1, 2}, Values{1}), DataError);
  CHECK_THROWS_WITH_AS(spearman(Values{1, 2}, Values{1, std::nan("")}),
                       doctest::Contains("item 1: value is not a number"), DataError);
}

TEST_CASE("property: symmetric, within [-1, 1], unchanged by a rising map, 1 with itself") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 50; ++round) {
    Values a, b, mapped;
    for (uint64_t i = 0, n = 3 + random() % 40; i < n; ++i) {
      a.push_back(static_cast<double>(random() % 10));
      b.push_back(static_cast<double>(random() % 1000));
      mapped.push_back(std::exp(b.back() / 100));
    }
    a[0] = -1;
    const double value = spearman(a, b);
    CHECK(std::abs(value) <= 1);
    CHECK(spearman(b, a) == doctest::Approx(value));
    CHECK(spearman(a, mapped) == doctest::Approx(value));
    CHECK(spearman(a, a) == doctest::Approx(1));
  }
}

}  // namespace
}  // namespace vs::metrics
