#include "lib/metrics/fusion.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Values = std::vector<double>;

TEST_CASE("fusion: weighted sum in double, any sign of the coefficients") {
  const std::vector<float> a = {1, 2, 3, 4};
  const std::vector<float> b = {10, 20, 30, 40};
  const std::vector<Scores<float>> files = {{a, 2}, {b, 2}};
  CHECK(weighted_scores<float>(files, Values{1, 0.5}) == Values{6, 12, 18, 24});
  CHECK(weighted_scores<float>(files, Values{1, -1}) == Values{-9, -18, -27, -36});
  CHECK(weighted_scores<float>(files, Values{0, 0}) == Values{0, 0, 0, 0});
}

TEST_CASE("fusion: one file with coefficient 1 comes back as it was") {
  const Values a = {0.25, -3, 1e300, 0};
  const std::vector<Scores<double>> files = {{a, 4}};
  CHECK(weighted_scores<double>(files, Values{1}) == a);
}

TEST_CASE("fusion: softmax comes before the weights, sample by sample") {
  const Values a = {0, std::log(3.0), /**/ 7, 7};
  const Values b = {0, 0, /**/ 0, std::log(3.0)};
  const std::vector<Scores<double>> files = {{a, 2}, {b, 2}};
  const auto sum = weighted_scores<double>(files, Values{1, 2}, FusionInput::kSoftmax);
  const Values want = {1.25, 1.75, 1, 2};
  for (size_t i = 0; i < want.size(); ++i) CHECK(sum[i] == doctest::Approx(want[i]).epsilon(1e-14));
}

TEST_CASE("fusion: files that do not fit, NaN, coefficients") {
  const Values a = {1, 2, 3, 4};
  const Values b = {1, 2, 3};
  const Values c = {1, std::nan(""), 3, 4};
  const std::vector<Scores<double>> rows = {{a, 1}, {b, 1}};
  CHECK_THROWS_AS(weighted_scores<double>(rows, Values{1, 1}), DataError);
  const std::vector<Scores<double>> classes = {{a, 2}, {a, 4}};
  CHECK_THROWS_AS(weighted_scores<double>(classes, Values{1, 1}), DataError);
  const std::vector<Scores<double>> bad = {{a, 2}, {c, 2}};
  CHECK_THROWS_WITH_AS(weighted_scores<double>(bad, Values{1, 1}),
                       doctest::Contains("sample 0: score of class 1 is not a number"), DataError);
  CHECK_THROWS_WITH_AS(weighted_scores<double>(bad, Values{1, 1}), doctest::Contains("while adding score file 1"),
                       DataError);
  CHECK_THROWS_AS(weighted_scores<double>(bad, Values{1}), UsageError);
  CHECK_THROWS_AS(weighted_scores<double>({}, {}), UsageError);
  CHECK_THROWS_AS(weighted_scores<double>(bad, Values{1, std::numeric_limits<double>::infinity()}), UsageError);
}

TEST_CASE("clips: mean of scores, mean of softmax, left alone") {
  // Two videos of two clips.
  const Values clips = {0, std::log(3.0), /**/ 0, 0, /**/ 2, 4, /**/ 4, 8};
  const Scores<double> scores{clips, 2};
  CHECK(average_clips(scores, 2, ClipAverage::kNone) == clips);
  const auto mean = average_clips(scores, 2, ClipAverage::kScore);
  REQUIRE(mean.size() == 4);
  CHECK(mean[1] == doctest::Approx(std::log(3.0) / 2));
  CHECK(mean[2] == 3);
  CHECK(mean[3] == 6);
  const auto prob = average_clips(scores, 2, ClipAverage::kProb);
  CHECK(prob[0] == doctest::Approx((0.25 + 0.5) / 2).epsilon(1e-14));
  CHECK(prob[1] == doctest::Approx((0.75 + 0.5) / 2).epsilon(1e-14));
  CHECK(prob[2] + prob[3] == doctest::Approx(1).epsilon(1e-14));
}

TEST_CASE("clips: one clip a video changes nothing but the softmax") {
  const std::vector<float> clips = {1.5F, -2.25F, 0.125F};
  CHECK(average_clips(Scores<float>{clips, 3}, 1, ClipAverage::kScore) == clips);
  CHECK(average_clips(Scores<float>{clips, 1}, 1, ClipAverage::kProb) == std::vector<float>{1, 1, 1});
  CHECK(average_clips(Scores<float>{{}, 3}, 4, ClipAverage::kScore).empty());
}

TEST_CASE("clips: rows that do not divide, no clips, NaN") {
  const std::vector<float> clips = {1, 2, 3, std::nanf("")};
  CHECK_THROWS_AS(average_clips(Scores<float>{clips, 2}, 1, ClipAverage::kNone), DataError);
  const std::vector<float> good = {1, 2, 3, 4, 5, 6};
  CHECK_THROWS_AS(average_clips(Scores<float>{good, 2}, 2, ClipAverage::kScore), DataError);
  CHECK_THROWS_AS(average_clips(Scores<float>{good, 2}, 0, ClipAverage::kScore), UsageError);
}

TEST_CASE("clips: videos that differ in clips") {
  const Values clips = {0, 0, /**/ 2, 4, /**/ 4, 8, /**/ 6, 0};
  const Scores<double> scores{clips, 2};
  const std::vector<int64_t> offsets = {0, 1, 4};
  CHECK(average_clips(scores, offsets, ClipAverage::kScore) == Values{0, 0, 4, 4});
  const auto prob = average_clips(scores, offsets, ClipAverage::kProb);
  CHECK(prob[0] == 0.5);
  CHECK(prob[2] == doctest::Approx((1 / (1 + std::exp(2.0)) + 1 / (1 + std::exp(4.0)) + 1 / (1 + std::exp(-6.0))) / 3));
  CHECK(average_clips(scores, offsets, ClipAverage::kNone) == clips);
  const std::vector<std::string> names = {"a", "b", "c"};
  CHECK_THROWS_WITH_AS(average_clips(scores, std::vector<int64_t>{0, 2, 2, 4}, ClipAverage::kScore, names),
                       doctest::Contains("b: has no scores"), DataError);
  CHECK_THROWS_AS(average_clips(scores, std::vector<int64_t>{0, 3}, ClipAverage::kScore), DataError);
  CHECK_THROWS_AS(average_clips(scores, std::vector<int64_t>{}, ClipAverage::kScore), DataError);
}

}  // namespace
}  // namespace vs::metrics
