#include "lib/metrics/accuracy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Labels = std::vector<int64_t>;

TEST_CASE("label ranks: equal scores put the higher class first") {
  const std::vector<float> values = {0.1F, 0.7F, 0.2F, /**/ 5, 5, 5, /**/ 5, 5, 5, /**/ 1, 2, 2};
  const Labels labels = {2, 0, 2, 1};
  CHECK(label_ranks<float>(Scores<float>{values, 3}, labels) == Labels{1, 2, 0, 1});
}

TEST_CASE("top-k accuracy: counted by hand, k above the classes counts as all") {
  const std::vector<double> values = {0.1, 0.7, 0.2, /**/ 0.6, 0.3, 0.1, /**/ 0.2, 0.3, 0.5, /**/ 0.5, 0.4, 0.1};
  const Labels labels = {1, 1, 0, 0};
  const Labels ks = {1, 2, 3, 20};
  CHECK(top_k_accuracy<double>(Scores<double>{values, 3}, labels, ks) == std::vector<double>{0.5, 0.75, 1, 1});
}

TEST_CASE("top-k accuracy: no sample, one sample, one class, bad k") {
  const Labels one = {1};
  const auto empty = top_k_accuracy<double>(Scores<double>{{}, 3}, {}, one);
  REQUIRE(empty.size() == 1);
  CHECK(std::isnan(empty[0]));
  const std::vector<double> values = {3.0};
  const Labels zero = {0};
  CHECK(top_k_accuracy<double>(Scores<double>{values, 1}, zero, one) == std::vector<double>{1});
  const Labels bad = {1, 0};
  CHECK_THROWS_AS(top_k_accuracy<double>(Scores<double>{values, 1}, zero, bad), UsageError);
  const Labels unknown = {-1};
  CHECK_THROWS_AS(top_k_accuracy<double>(Scores<double>{values, 1}, unknown, one), DataError);
}

TEST_CASE("with ties top-1 and the prediction disagree, as in the reference") {
  const std::vector<double> values = {1, 1};
  const Labels first = {0};
  const Labels second = {1};
  const Labels one = {1};
  const Scores<double> scores{values, 2};
  CHECK(top_k_accuracy<double>(scores, second, one) == std::vector<double>{1});
  CHECK(top_k_accuracy<double>(scores, first, one) == std::vector<double>{0});
  CHECK(mean_class_accuracy<double>(scores, first) == 1);
  CHECK(mean_class_accuracy<double>(scores, second) == 0);
}

TEST_CASE("mean class accuracy: a class that is only predicted counts as 0, one that never occurs does not count") {
  // Class 0: 2 of 2; class 1: 1 of 2; class 2 predicted once without a sample; class 3 never occurs.
  const std::vector<double> values = {9, 0, 0, 0, /**/ 9, 0, 0, 0, /**/ 0, 9, 0, 0, /**/ 0, 0, 9, 0};
  const Labels labels = {0, 0, 1, 1};
  CHECK(mean_class_accuracy<double>(Scores<double>{values, 4}, labels) == doctest::Approx(0.5).epsilon(1e-15));
  CHECK(std::isnan(mean_class_accuracy<double>(Scores<double>{{}, 4}, {})));
}

TEST_CASE("multi-label top-k: hits, precision and recall counted by hand") {
  const std::vector<double> values = {0.9, 0.8, 0.1, 0.2, /**/ 0.1, 0.2, 0.3, 0.4};
  const std::vector<uint8_t> relevant = {1, 0, 0, 1, /**/ 1, 0, 0, 0};
  const Scores<double> scores{values, 4};
  const auto top1 = multi_label_top_k<double>(scores, relevant, 1);
  CHECK(top1.hit == 0.5);
  CHECK(top1.precision == 0.5);
  CHECK(top1.recall == 0.25);
  const auto top3 = multi_label_top_k<double>(scores, relevant, 3);
  CHECK(top3.hit == 0.5);
  CHECK(top3.precision == doctest::Approx(1.0 / 3));
  CHECK(top3.recall == 0.5);
  const auto own = multi_label_top_k<double>(scores, relevant, 0);
  CHECK(own.precision == 0.25);
  CHECK(own.recall == 0.25);
  CHECK(multi_label_top_k<double>(scores, relevant, 9).recall == 1);
  const std::vector<uint8_t> missing = {1, 0, 0, 0, /**/ 0, 0, 0, 0};
  CHECK_THROWS_WITH_AS(multi_label_top_k<double>(scores, missing, 1), doctest::Contains("sample 1: no label"),
                       DataError);
  CHECK_THROWS_AS(multi_label_top_k<double>(scores, relevant, -1), UsageError);
  CHECK(std::isnan(multi_label_top_k<double>(Scores<double>{{}, 4}, {}, 1).hit));
}

TEST_CASE("property: accuracy rises with k to 1, and agrees with single-label hits of multi-label top-k") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    const int64_t num_classes = 1 + static_cast<int64_t>(random() % 12);
    const int64_t num_samples = 1 + static_cast<int64_t>(random() % 20);
    std::vector<float> values;
    std::vector<uint8_t> relevant(static_cast<size_t>(num_samples * num_classes), 0);
    Labels labels;
    for (int64_t i = 0; i < num_samples; ++i) {
      for (int64_t c = 0; c < num_classes; ++c) values.push_back(static_cast<float>(random() % 4));  // many ties
      labels.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(num_classes)));
      relevant[static_cast<size_t>(i * num_classes + labels.back())] = 1;
    }
    Labels ks;
    for (int64_t k = 1; k <= num_classes; ++k) ks.push_back(k);
    const Scores<float> scores{values, num_classes};
    const auto shares = top_k_accuracy<float>(scores, labels, ks);
    for (size_t k = 1; k < shares.size(); ++k) CHECK(shares[k] >= shares[k - 1]);
    CHECK(shares.back() == 1);
    for (const int64_t k : ks) {
      CHECK(multi_label_top_k<float>(scores, relevant, k).hit == shares[static_cast<size_t>(k - 1)]);
    }
  }
}

}  // namespace
}  // namespace vs::metrics
