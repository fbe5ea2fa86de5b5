#include "lib/metrics/calibration.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Values = std::vector<double>;
using Labels = std::vector<int64_t>;

Calibration measure(const Values& values, int64_t classes, const Labels& labels, ScoreValues kind, int64_t bins = 10) {
  return measure_calibration(Scores<double>{values, classes}, labels, kind, bins);
}

TEST_CASE("calibration: worked example") {
  // Confidences 0.8 (right), 0.8 (wrong), 0.6 (right), 0.6 (right).
  const Values shares = {0.8, 0.2, 0.8, 0.2, 0.4, 0.6, 0.6, 0.4};
  const auto result = measure(shares, 2, {0, 1, 1, 0}, ScoreValues::kProbabilities);
  CHECK(result.expected_error == doctest::Approx(0.5 * 0.3 + 0.5 * 0.4));
  CHECK(result.largest_error == doctest::Approx(0.4));
  CHECK(result.brier == doctest::Approx((0.08 + 1.28 + 0.32 + 0.32) / 4));
  CHECK(result.negative_log_likelihood == doctest::Approx(-(std::log(0.8) + std::log(0.2) + 2 * std::log(0.6)) / 4));
  CHECK(result.right == std::vector<uint8_t>{1, 0, 1, 1});
  REQUIRE(result.bins.size() == 10);
  CHECK(result.bins[7].count == 2);  // (0.7, 0.8]: 0.8 belongs to the bin that ends there
  CHECK(result.bins[7].accuracy == 0.5);
  CHECK(result.bins[5].count == 2);
}

TEST_CASE("calibration: logits and their softmax agree; a sure mistake stays finite") {
  const Values logits = {2, -1, 0.5, 0, 3, 1};
  const Scores<double> view{logits, 3};
  const auto a = measure(logits, 3, {0, 2}, ScoreValues::kLogits);
  const auto b = measure(softmax(view), 3, {0, 2}, ScoreValues::kProbabilities);
  CHECK(a.expected_error == doctest::Approx(b.expected_error));
  CHECK(a.brier == doctest::Approx(b.brier));
  CHECK(a.negative_log_likelihood == doctest::Approx(b.negative_log_likelihood));
  CHECK(measure({2000, 0}, 2, {1}, ScoreValues::kLogits).negative_log_likelihood == 2000);
  CHECK(std::isinf(measure({1, 0}, 2, {1}, ScoreValues::kProbabilities).negative_log_likelihood));
}

TEST_CASE("calibration: counted samples equal repeated ones") {
  const Values confidence = {0.8, 0.65, 0.3};
  const std::vector<uint8_t> right = {1, 0, 1};
  const std::vector<uint32_t> counts = {2, 1, 0}, ones = {1, 1, 1};
  const Values repeated = {0.8, 0.8, 0.65};
  const std::vector<uint8_t> repeated_right = {1, 1, 0};
  CHECK(expected_calibration_error(confidence, right, 10, counts) ==
        doctest::Approx(expected_calibration_error(repeated, repeated_right, 10, ones)));
  CHECK(expected_calibration_error(confidence, right, 10, counts) == doctest::Approx((0.4 + 0.65) / 3));
}

TEST_CASE("calibration: edges and refusals") {
  CHECK(std::isnan(measure({}, 3, {}, ScoreValues::kLogits).expected_error));
  CHECK(std::isnan(measure({}, 3, {}, ScoreValues::kLogits).brier));
  CHECK(measure({1, 0}, 2, {0}, ScoreValues::kProbabilities, 1).bins[0].count == 1);
  CHECK_THROWS_AS(measure({1, 0}, 2, {0}, ScoreValues::kProbabilities, 0), UsageError);
  CHECK_THROWS_WITH_AS(measure({1, 0, 2, 1}, 2, {0, 0}, ScoreValues::kProbabilities),
                       doctest::Contains("sample 1: probabilities add up to 3"), DataError);
  CHECK_THROWS_WITH_AS(measure({1.5, -0.5}, 2, {0}, ScoreValues::kProbabilities), doctest::Contains("negative"),
                       DataError);
  CHECK_THROWS_AS(measure({std::nan(""), 0}, 2, {0}, ScoreValues::kLogits), DataError);
  CHECK_THROWS_AS(measure({1, 0}, 2, {2}, ScoreValues::kLogits), DataError);
}

}  // namespace
}  // namespace vs::metrics
