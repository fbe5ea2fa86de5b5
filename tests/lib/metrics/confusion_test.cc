#include "lib/metrics/confusion.h"

#include <doctest/doctest.h>

#include <numeric>
#include <random>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Classes = std::vector<int64_t>;
using Shares = std::vector<double>;

const Classes kLabels = {7, 7, 2, 2, 2};
const Classes kPredicted = {7, 2, 2, 5, 2};

TEST_CASE("confusion: rows are truth, only classes that occur, real class numbers") {
  const Confusion confusion = count_confusion(kPredicted, kLabels);
  CHECK(confusion.classes == Classes{2, 5, 7});
  CHECK(confusion.counts == Classes{2, 1, 0, 0, 0, 0, 1, 0, 1});
  CHECK(confusion.at(2, 0) == 1);
}

TEST_CASE("confusion: all classes") {
  const Confusion confusion = count_confusion_all(kPredicted, kLabels, 8);
  CHECK(confusion.size() == 8);
  CHECK(confusion.at(2, 2) == 2);
  CHECK(confusion.at(2, 5) == 1);
  CHECK(confusion.at(7, 2) == 1);
  CHECK(confusion.at(7, 7) == 1);
  CHECK(std::accumulate(confusion.counts.begin(), confusion.counts.end(), int64_t{0}) == 5);
}

TEST_CASE("confusion: the three normalisations, 0/0 is 0") {
  const Confusion confusion = count_confusion(kPredicted, kLabels);
  CHECK(normalized(confusion, Normalize::kTrue) == Shares{2.0 / 3, 1.0 / 3, 0, 0, 0, 0, 0.5, 0, 0.5});
  CHECK(normalized(confusion, Normalize::kPredicted) == Shares{2.0 / 3, 1, 0, 0, 0, 0, 1.0 / 3, 0, 1});
  CHECK(normalized(confusion, Normalize::kAll) == Shares{0.4, 0.2, 0, 0, 0, 0, 0.2, 0, 0.2});
}

TEST_CASE("confusion: nothing in, nothing out") {
  const Confusion confusion = count_confusion({}, {});
  CHECK(confusion.size() == 0);
  CHECK(normalized(confusion, Normalize::kAll).empty());
  CHECK(class_accuracies(confusion).empty());
  CHECK(top_k_classes(confusion, 3, ClassOrder::kMostAccurate).empty());
  CHECK(normalized(count_confusion_all({}, {}, 2), Normalize::kTrue) == Shares{0, 0, 0, 0});
}

TEST_CASE("confusion: negative classes, classes past the end and lengths that differ are refused") {
  const Classes unknown = {0, -1};
  const Classes fine = {0, 1};
  CHECK_THROWS_WITH_AS(count_confusion(fine, unknown), doctest::Contains("sample 1: class -1 is negative"), DataError);
  CHECK_THROWS_AS(count_confusion(unknown, fine), DataError);
  CHECK_THROWS_AS(count_confusion(fine, Classes{0}), DataError);
  CHECK_THROWS_WITH_AS(count_confusion_all(fine, fine, 1), doctest::Contains("class 1 is not in 0..0"), DataError);
  CHECK_THROWS_AS(count_confusion_all(fine, fine, 0), UsageError);
}

TEST_CASE("best and worst classes: order of equal accuracies, fewer classes than asked for") {
  // Accuracies: class 1: 1, class 3: 0.5, class 4: 1, class 6: 0 (only predicted).
  const Classes labels = {1, 3, 3, 4};
  const Classes predicted = {1, 3, 6, 4};
  const Confusion confusion = count_confusion(predicted, labels);
  using Ranked = std::vector<ClassAccuracy>;
  CHECK(top_k_classes(confusion, 3, ClassOrder::kMostAccurate) == Ranked{{4, 1}, {1, 1}, {3, 0.5}});
  CHECK(top_k_classes(confusion, 9, ClassOrder::kLeastAccurate) == Ranked{{6, 0}, {3, 0.5}, {1, 1}, {4, 1}});
  CHECK_THROWS_AS(top_k_classes(confusion, 0, ClassOrder::kMostAccurate), UsageError);
}

TEST_CASE("property: the compacted matrix is the full one without empty classes; shares sum to 1") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 50; ++round) {
    const auto num_classes = static_cast<int64_t>(1 + random() % 9);
    Classes labels, predicted;
    for (uint64_t i = 0, n = 1 + random() % 30; i < n; ++i) {
      labels.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(num_classes)));
      predicted.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(num_classes)));
    }
    const Confusion small = count_confusion(predicted, labels);
    const Confusion full = count_confusion_all(predicted, labels, num_classes);
    int64_t total = 0;
    for (int64_t r = 0; r < small.size(); ++r) {
      for (int64_t c = 0; c < small.size(); ++c) {
        CHECK(small.at(r, c) == full.at(small.classes[static_cast<size_t>(r)], small.classes[static_cast<size_t>(c)]));
        total += small.at(r, c);
      }
    }
    CHECK(total == static_cast<int64_t>(labels.size()));
    const Shares all = normalized(full, Normalize::kAll);
    CHECK(std::accumulate(all.begin(), all.end(), 0.0) == doctest::Approx(1));
  }
}

}  // namespace
}  // namespace vs::metrics
