#include "lib/train/loop/epoch_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace vs::train {
namespace {

EpochShape shape_of(int64_t items, int64_t batch, int64_t rank = 0, int64_t ranks = 1) {
  return {items, batch, rank, ranks};
}

}  // namespace

TEST_CASE("every item comes once, the last batch is filled up from the beginning") {
  const auto order = epoch_order(shape_of(10, 4), 7, 3);
  CHECK(shape_of(10, 4).iterations() == 3);
  REQUIRE(order.size() == 12);
  const std::set<int64_t> first(order.begin(), order.begin() + 10);
  CHECK(first.size() == 10);
  CHECK(*first.begin() == 0);
  CHECK(*first.rbegin() == 9);
  CHECK(order[10] == order[0]);
  CHECK(order[11] == order[1]);
}

TEST_CASE("the order depends on seed and epoch, and on nothing else") {
  const auto order = epoch_order(shape_of(50, 5), 1, 0);
  CHECK(order == epoch_order(shape_of(50, 5), 1, 0));
  CHECK(order != epoch_order(shape_of(50, 5), 1, 1));
  CHECK(order != epoch_order(shape_of(50, 5), 2, 0));
  CHECK(order == epoch_order(shape_of(50, 10), 1, 0));
}

TEST_CASE("an epoch is gone on with at any iteration") {
  const auto whole = epoch_order(shape_of(11, 2), 5, 2);
  for (int64_t first = 0; first <= shape_of(11, 2).iterations(); ++first) {
    const auto rest = epoch_order(shape_of(11, 2), 5, 2, first);
    CHECK(std::equal(rest.begin(), rest.end(), whole.begin() + first * 2, whole.end()));
  }
}

TEST_CASE("ranks with parts of a batch see together what one sees") {
  const auto whole = epoch_order(shape_of(13, 6), 4, 1);
  std::vector<std::vector<int64_t>> parts;
  for (int64_t rank = 0; rank < 3; ++rank) parts.push_back(epoch_order(shape_of(13, 2, rank, 3), 4, 1));
  std::vector<int64_t> together;
  for (int64_t iteration = 0; iteration < shape_of(13, 2, 0, 3).iterations(); ++iteration) {
    for (const auto& part : parts)
      together.insert(together.end(), part.begin() + iteration * 2, part.begin() + iteration * 2 + 2);
  }
  CHECK(together == whole);
}

TEST_CASE("a run's order is that of its epochs one after the other, from any iteration on, asked for in any order") {
  for (const auto& shape : {shape_of(11, 2), shape_of(7, 3, 1, 2), shape_of(1, 1)}) {
    constexpr int64_t kEpochs = 4;
    std::vector<data::LoadRequest> whole;
    for (uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
      for (const int64_t item : epoch_order(shape, 5, epoch)) whole.push_back({item, epoch});
    }
    const int64_t iterations = kEpochs * shape.iterations();
    for (int64_t first = 0; first <= iterations; ++first) {
      const RunOrder order(shape, 5, kEpochs, first);
      REQUIRE(static_cast<int64_t>(order.size()) == (iterations - first) * shape.batch_size);
      // Steps that are coprime to the length visit all, also in epochs that were left.
      const uint64_t count = order.size(), step = count % 5 == 0 ? 3 : 5;
      for (uint64_t i = 0; i < count; ++i) {
        const uint64_t number = i * step % count;
        const data::LoadRequest& want = whole[number + static_cast<uint64_t>(first * shape.batch_size)];
        CHECK(order.at(number).item == want.item);
        CHECK(order.at(number).epoch == want.epoch);
      }
    }
  }
}

TEST_CASE("fixed views: the draws of an epoch come again, its order does not") {
  EpochShape shape = shape_of(5, 2);
  const RunOrder anew(shape, 5, 7, 0);
  shape.views = 3;
  const RunOrder fixed(shape, 5, 7, 0);
  REQUIRE(fixed.size() == anew.size());
  for (uint64_t i = 0; i < fixed.size(); ++i) {
    CHECK(fixed.at(i).item == anew.at(i).item);
    CHECK(fixed.at(i).epoch == anew.at(i).epoch % 3);
  }
}

TEST_CASE("one item fills batches of any size") {
  CHECK(epoch_order(shape_of(1, 3), 0, 0) == std::vector<int64_t>{0, 0, 0});
}

}  // namespace vs::train
