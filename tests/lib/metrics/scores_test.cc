#include "lib/metrics/scores.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST_CASE("scores: NaN is refused and named by sample and class") {
  const std::vector<float> values = {0, 1, 2, 3, kNaN, 5};
  CHECK_THROWS_WITH_AS(check_scores(Scores<float>{values, 2}),
                       doctest::Contains("sample 2: score of class 0 is not a number"), DataError);
  const std::vector<std::string> names = {"a", "b", "video_c"};
  CHECK_THROWS_WITH_AS(check_scores(Scores<float>{values, 2, names}), doctest::Contains("video_c: score of class 0"),
                       DataError);
}

TEST_CASE("scores: infinite scores rank, rows must be whole, classes must exist") {
  const std::vector<double> values = {-kInfinity, kInfinity, 0};
  CHECK_NOTHROW(check_scores(Scores<double>{values, 3}));
  CHECK_THROWS_AS(check_scores(Scores<double>{values, 2}), DataError);
  CHECK_THROWS_AS(check_scores(Scores<double>{values, 0}), DataError);
  CHECK_THROWS_AS(check_scores(Scores<double>{values, -1}), DataError);
  CHECK_NOTHROW(check_scores(Scores<double>{{}, 4}));
}

TEST_CASE("labels: -1, a label past the classes and a wrong count are refused") {
  const std::vector<float> values = {0, 1, 2, 3};
  const Scores<float> scores{values, 2};
  const std::vector<int64_t> good = {0, 1};
  CHECK_NOTHROW(check_labels<float>(scores, good));
  const std::vector<int64_t> unknown = {0, -1};
  CHECK_THROWS_WITH_AS(check_labels<float>(scores, unknown), doctest::Contains("sample 1: label -1 is not in 0..1"),
                       DataError);
  const std::vector<int64_t> beyond = {2, 0};
  CHECK_THROWS_WITH_AS(check_labels<float>(scores, beyond), doctest::Contains("sample 0: label 2"), DataError);
  const std::vector<int64_t> short_list = {0};
  CHECK_THROWS_AS(check_labels<float>(scores, short_list), DataError);
}

TEST_CASE("predicted class: the lowest of equal maxima") {
  const std::vector<double> values = {1, 3, 3, /**/ 2, 2, 2, /**/ -5, -4, -3};
  CHECK(predicted_classes(Scores<double>{values, 3}) == std::vector<int64_t>{1, 0, 2});
  CHECK(predicted_classes(Scores<double>{{}, 3}).empty());
}

TEST_CASE("softmax: known values, sums to one, large scores stay finite") {
  const std::vector<double> values = {0, std::log(3.0), /**/ 1000, 1000, /**/ -kInfinity, 0};
  const auto shares = softmax(Scores<double>{values, 2});
  const std::vector<double> want = {0.25, 0.75, 0.5, 0.5, 0, 1};
  REQUIRE(shares.size() == want.size());
  for (size_t i = 0; i < want.size(); ++i) CHECK(shares[i] == doctest::Approx(want[i]).epsilon(1e-14));
  const std::vector<double> infinite = {0, kInfinity};
  CHECK_THROWS_AS(softmax(Scores<double>{infinite, 2}), DataError);
  const std::vector<double> nothing = {-kInfinity, -kInfinity};
  CHECK_THROWS_AS(softmax(Scores<double>{nothing, 2}), DataError);
}

TEST_CASE("softmax: adding a constant to a sample changes nothing") {
  std::vector<double> values = {0.25, -1.5, 2, 0.75};
  const auto before = softmax(Scores<double>{values, 4});
  for (double& value : values) value += 16;
  const auto after = softmax(Scores<double>{values, 4});
  for (size_t i = 0; i < before.size(); ++i) CHECK(after[i] == doctest::Approx(before[i]).epsilon(1e-14));
  CHECK(std::accumulate(after.begin(), after.end(), 0.0) == doctest::Approx(1));
}

TEST_CASE("multi-hot: padding, repeats, samples without label, bad labels") {
  const std::vector<int64_t> labels = {2, -1, /**/ 0, 1, /**/ -1, -1, /**/ 1, 1};
  CHECK(multi_hot(labels, 2, 3) == std::vector<uint8_t>{0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0});
  CHECK(multi_hot({}, 2, 3).empty());
  const std::vector<int64_t> beyond = {0, 1, 0, 3};
  CHECK_THROWS_WITH_AS(multi_hot(beyond, 2, 3), doctest::Contains("sample 1: label 3 is not in 0..2"), DataError);
  const std::vector<int64_t> negative = {-2, 0};
  CHECK_THROWS_AS(multi_hot(negative, 2, 3), DataError);
  CHECK_THROWS_AS(multi_hot(negative, 0, 3), DataError);
  CHECK_THROWS_AS(multi_hot(negative, 2, 0), DataError);
}

}  // namespace
}  // namespace vs::metrics
