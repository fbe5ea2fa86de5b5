#include "lib/metrics/comparison.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Values = std::vector<float>;
using Labels = std::vector<int64_t>;

TEST_CASE("mcnemar: binomial tails") {
  // 2 against 8 of 10: P(X <= 2) = 56/1024, P(X = 2) = 45/1024.
  CHECK(mcnemar_test(2, 8).exact == doctest::Approx(2 * 56.0 / 1024).epsilon(1e-12));
  CHECK(mcnemar_test(8, 2).mid_p == doctest::Approx((2 * 11.0 + 45.0) / 1024).epsilon(1e-12));
  CHECK(mcnemar_test(0, 1).exact == 1);
  CHECK(mcnemar_test(0, 1).mid_p == doctest::Approx(0.5));
  CHECK(mcnemar_test(5, 5).exact == 1);
  CHECK(mcnemar_test(5, 5).mid_p == doctest::Approx(1));
  CHECK(mcnemar_test(0, 0).exact == 1);
  CHECK(mcnemar_test(0, 20).exact == doctest::Approx(std::pow(2.0, -19)).epsilon(1e-12));
  // Far beyond what 2^-n holds: about the normal approximation, z = 300 / sqrt(4700).
  const double z = (300 - 1) / std::sqrt(4700.0);
  CHECK(mcnemar_test(2200, 2500).exact == doctest::Approx(std::erfc(z / std::sqrt(2.0))).epsilon(0.01));
  CHECK_THROWS_AS(mcnemar_test(-1, 2), DataError);
}

TEST_CASE("top-1 of two models: table, changes, accuracy") {
  const Values first = {1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0};   // 0 0 2 1
  const Values second = {1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1};  // 0 1 1 2
  const auto result = compare_top1(Scores<float>{first, 3}, Scores<float>{second, 3}, Labels{0, 1, 0, 1});
  CHECK(result.both_right == 1);
  CHECK(result.only_first == 1);
  CHECK(result.only_second == 1);
  CHECK(result.both_wrong == 1);
  CHECK(result.first_accuracy == 0.5);
  CHECK(result.second_accuracy == 0.5);
  CHECK(result.changed == std::vector<ChangedSample>{{1, 0, 1, 1}, {2, 2, 1, 0}, {3, 1, 2, 1}});
  CHECK(result.test.exact == 1);
  const auto same = compare_top1(Scores<float>{first, 3}, Scores<float>{first, 3}, Labels{0, 1, 0, 1});
  CHECK(same.changed.empty());
  CHECK(std::isnan(compare_top1(Scores<float>{{}, 3}, Scores<float>{{}, 3}, Labels{}).first_accuracy));
  CHECK_THROWS_AS(compare_top1(Scores<float>{first, 3}, Scores<float>{second, 4}, Labels{0, 1, 0, 1}), DataError);
  CHECK_THROWS_AS(compare_top1(Scores<float>{first, 3}, Scores<float>{second, 3}, Labels{0, 1, 0, 3}), DataError);
}

TEST_CASE("paired bootstrap of mAP: sign and certainty") {
  // The second model ranks right throughout, the first the other way round.
  Values good, poor;
  std::vector<uint8_t> marks;
  for (int i = 0; i < 60; ++i) {
    const bool relevant = i % 2 == 0;
    const auto noise = static_cast<float>(i) / 1000;
    good.push_back(relevant ? 1 + noise : noise);
    poor.push_back(relevant ? noise : 1 + noise);
    marks.push_back(relevant ? 1 : 0);
  }
  const Scores<float> first{poor, 1}, second{good, 1};
  const auto better = compare_mean_average_precision(first, second, marks, {.num_resamples = 200, .seed = 1});
  CHECK(better.value > 0.5);
  CHECK(better.interval().low > 0);
  CHECK(better.p_of_zero() == doctest::Approx(2.0 / 201));
  const auto same = compare_mean_average_precision(first, first, marks, {.num_resamples = 20, .seed = 1});
  CHECK(same.value == 0);
  CHECK(same.interval().high == 0);
  CHECK(same.p_of_zero() == 1);
  CHECK_THROWS_AS(compare_mean_average_precision(first, Scores<float>{good, 2}, marks, {}), DataError);
}

}  // namespace
}  // namespace vs::metrics
