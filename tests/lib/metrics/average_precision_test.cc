#include "lib/metrics/average_precision.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Marks = std::vector<uint8_t>;
using Values = std::vector<double>;

double ap(const Values& scores, const Marks& relevant) {
  return average_precision(std::span<const double>(scores), relevant);
}
double ap_one_by_one(const Values& scores, const Marks& relevant, int64_t top_n = 0) {
  return average_precision_one_by_one(std::span<const double>(scores), relevant, top_n);
}

TEST_CASE("average precision: worked examples") {
  // Ranked relevance 1 0 1 0: (1/1 + 2/3) / 2.
  CHECK(ap({0.9, 0.8, 0.7, 0.6}, {1, 0, 1, 0}) == doctest::Approx(5.0 / 6).epsilon(1e-15));
  // scikit-learn's own example: 0.8333.
  CHECK(ap({0.1, 0.4, 0.35, 0.8}, {0, 0, 1, 1}) == doctest::Approx(5.0 / 6).epsilon(1e-15));
  CHECK(ap({3, 2, 1}, {1, 1, 1}) == 1);
  CHECK(ap({3, 2, 1}, {0, 0, 1}) == doctest::Approx(1.0 / 3).epsilon(1e-15));
}

TEST_CASE("average precision: samples of one score enter together") {
  CHECK(ap({0.5, 0.5, 0.5, 0.5}, {1, 0, 0, 0}) == 0.25);
  // Threshold 2: recall 1/2, precision 1/2; threshold 1: recall 1, precision 2/4.
  CHECK(ap({2, 2, 1, 1}, {1, 0, 0, 1}) == 0.5);
  // The order of the items does not matter.
  CHECK(ap({2, 2, 1, 1}, {0, 1, 1, 0}) == 0.5);
}

TEST_CASE("average precision: nothing relevant, nothing at all, NaN, lengths") {
  CHECK(std::isnan(ap({1, 2}, {0, 0})));
  CHECK(std::isnan(ap({}, {})));
  CHECK(std::isnan(ap_one_by_one({}, {})));
  CHECK_THROWS_WITH_AS(ap({1, std::nan("")}, {0, 1}), doctest::Contains("item 1: score is not a number"), DataError);
  CHECK_THROWS_AS(ap({1, 2}, {1}), DataError);
  CHECK_THROWS_AS(ap_one_by_one({1, std::nan("")}, {0, 1}), DataError);
}

TEST_CASE("one by one: the best n, none among them, ties put the later item first") {
  CHECK(ap_one_by_one({4, 3, 2, 1}, {1, 0, 1, 1}) == doctest::Approx((1 + 2.0 / 3 + 3.0 / 4) / 3));
  CHECK(ap_one_by_one({4, 3, 2, 1}, {1, 0, 1, 1}, 2) == 1);
  CHECK(ap_one_by_one({4, 3, 2, 1}, {0, 0, 1, 1}, 2) == 0);
  CHECK(ap_one_by_one({4, 3, 2, 1}, {0, 0, 1, 1}, 99) == doctest::Approx((1.0 / 3 + 2.0 / 4) / 2));
  CHECK(ap_one_by_one({1, 1}, {0, 1}) == 1);
  CHECK(ap_one_by_one({1, 1}, {1, 0}) == 0.5);
  CHECK_THROWS_AS(ap_one_by_one({1}, {1}, -1), UsageError);
}

TEST_CASE("mean over classes: a class without positives is left out; none left is NaN") {
  // Column 0 ranks 1 0, column 1 ranks 0 1, column 2 has no positive.
  const Values values = {2, 2, 5, /**/ 1, 1, 6};
  const Marks relevant = {1, 0, 0, /**/ 0, 1, 0};
  const auto result = mean_average_precision(Scores<double>{values, 3}, relevant);
  CHECK(result.mean == 0.75);
  CHECK(result.each[0] == 1);
  CHECK(result.each[1] == 0.5);
  CHECK(std::isnan(result.each[2]));
  CHECK(result.num_without_relevant == 1);
  const auto nothing = mean_average_precision(Scores<double>{values, 3}, Marks(6, 0));
  CHECK(std::isnan(nothing.mean));
  CHECK(nothing.num_without_relevant == 3);
  CHECK_THROWS_AS(mean_average_precision(Scores<double>{values, 3}, Marks(5, 0)), DataError);
}

TEST_CASE("mean over samples: one sample without label makes it NaN, and is counted") {
  const Values values = {3, 2, 1, /**/ 3, 2, 1};
  const auto good = mmit_mean_average_precision(Scores<double>{values, 3}, Marks{1, 0, 0, 0, 1, 0});
  CHECK(good.mean == 0.75);
  CHECK(good.num_without_relevant == 0);
  const auto bad = mmit_mean_average_precision(Scores<double>{values, 3}, Marks{1, 0, 0, 0, 0, 0});
  CHECK(std::isnan(bad.mean));
  CHECK(bad.num_without_relevant == 1);
  CHECK(bad.each[0] == 1);
  CHECK(std::isnan(mmit_mean_average_precision(Scores<double>{{}, 3}, {}).mean));
}

TEST_CASE("AR-Net: absent classes keep their column, or shift the later ones as published") {
  // Class 0 has no sample. Class 1 is ranked right by column 1 and wrong by column 0.
  const Values values = {0, 3, /**/ 3, 0};
  const Marks relevant = {0, 1, /**/ 0, 0};
  const auto kept = arnet_mean_average_precision(Scores<double>{values, 2}, relevant);
  CHECK(kept.each == Values{0, 1});
  CHECK(kept.mean == 0.5);
  CHECK(kept.num_without_relevant == 1);
  const auto shifted = arnet_mean_average_precision(Scores<double>{values, 2}, relevant, AbsentClasses::kRenumber);
  CHECK(shifted.each == Values{0.5, 0});
  CHECK(shifted.mean == 0.25);
}

TEST_CASE("AR-Net ranks softmax scores: raw scores would rank the samples the other way round") {
  const Values values = {5, 9, /**/ 4, 0};
  const Marks relevant = {0, 1, /**/ 1, 0};
  const Scores<double> scores{values, 2};
  CHECK(arnet_mean_average_precision(scores, relevant).each[0] == 1);
  CHECK(frame_exit_mean_average_precision(scores, relevant).each[0] == 0.5);
}

TEST_CASE("property: without ties the definitions agree; values lie in (0, 1]; a rising map changes nothing") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 100; ++round) {
    Values scores, mapped;
    Marks relevant;
    for (uint64_t i = 0, n = 1 + random() % 25; i < n; ++i) {
      scores.push_back(static_cast<double>(random() >> 11));
      mapped.push_back(std::sqrt(scores.back()) - 1e6);
      relevant.push_back(static_cast<uint8_t>(random() % 2));
    }
    relevant[0] = 1;
    const double value = ap(scores, relevant);
    CHECK(value > 0);
    CHECK(value <= 1);
    CHECK(ap_one_by_one(scores, relevant) == doctest::Approx(value).epsilon(1e-13));
    CHECK(ap(mapped, relevant) == doctest::Approx(value).epsilon(1e-13));
  }
}

TEST_CASE("property: long lists, which are sorted by digits, agree with counting item by item") {
  std::mt19937_64 random(5);
  std::vector<float> scores;
  Marks relevant;
  constexpr size_t kItems = 3000;
  for (size_t i = 0; i < kItems; ++i) {
    // Ties, both signs, both zeros, large and small.
    const auto step = static_cast<float>(static_cast<int64_t>(random() % 401) - 200);
    scores.push_back(i % 50 == 0 ? -0.0F : i % 51 == 0 ? step * 1e30F : step / 64);
    relevant.push_back(static_cast<uint8_t>(random() % 5 == 0));
  }
  double sum = 0, total = 0;
  for (size_t i = 0; i < kItems; ++i) {
    if (relevant[i] == 0) continue;
    double above = 0, found = 0;
    for (size_t k = 0; k < kItems; ++k) {
      if (scores[k] < scores[i]) continue;
      above += 1;
      found += relevant[k];
    }
    sum += found / above;
    total += 1;
  }
  CHECK(average_precision(std::span<const float>(scores), relevant) == doctest::Approx(sum / total).epsilon(1e-12));
  // Of equal scores the later item first: the last one is the first of the best.
  std::vector<float> flat(kItems, 1.0F);
  Marks last(kItems, 0);
  last.back() = 1;
  CHECK(average_precision_one_by_one(std::span<const float>(flat), last) == 1);
  const auto earlier = arnet_mean_average_precision(Scores<float>{flat, 1}, last);
  CHECK(earlier.mean == doctest::Approx(1.0 / kItems));
}

}  // namespace
}  // namespace vs::metrics
