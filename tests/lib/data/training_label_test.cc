#include "lib/data/training_label.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/random.h"

namespace vs::data {
namespace {

using Labels = std::vector<int32_t>;

/// Gives listed integers and notes what they were asked to be below of.
class ListedIntegers final : public RandomSource {
 public:
  explicit ListedIntegers(std::vector<int64_t> integers) : integers_(std::move(integers)) {}
  double uniform() override { throw std::logic_error("no real number is drawn"); }
  int64_t below(int64_t count) override {
    bounds.push_back(count);
    return integers_.at(bounds.size() - 1);
  }
  std::vector<int64_t> bounds;

 private:
  std::vector<int64_t> integers_;
};

TEST_CASE("distinct labels, ascending") {
  CHECK(distinct_labels(Labels{7, 3, 7}) == Labels{3, 7});
  CHECK(distinct_labels(Labels{0}) == Labels{0});
  CHECK_THROWS_AS(distinct_labels(Labels{}), DataError);
  CHECK_THROWS_AS(distinct_labels(Labels{3, -1}), DataError);
}

TEST_CASE("a repeated label is no more likely than another") {
  ListedIntegers second({1});
  CHECK(draw_label(Labels{7, 3, 7, 7}, second) == 7);
  CHECK(second.bounds == std::vector<int64_t>{2});
  ListedIntegers only({0});
  CHECK(draw_label(Labels{5, 5}, only) == 5);
  CHECK(only.bounds == std::vector<int64_t>{1});
}

TEST_CASE("two labels change places one time in three") {
  for (const int64_t draw : {0, 1, 2}) {
    ListedIntegers random({draw});
    CHECK(draw_label_order(Labels{9, 4}, random) == (draw == 2 ? Labels{9, 4} : Labels{4, 9}));
    CHECK(random.bounds == std::vector<int64_t>{3});
  }
  ListedIntegers none({});
  CHECK(draw_label_order(Labels{9, 9}, none) == Labels{9});
}

TEST_CASE("three labels come in every order equally often, more are fine") {
  NumpyRandom random(7);
  std::map<Labels, int> seen;
  for (int i = 0; i < 6000; ++i) ++seen[draw_label_order(Labels{2, 1, 3}, random)];
  CHECK(seen.size() == 6);
  for (const auto& [order, times] : seen) CHECK(std::abs(times - 1000) < 150);
  CHECK(draw_label_order(Labels{4, 3, 2, 1}, random).size() == 4);
}

}  // namespace
}  // namespace vs::data
