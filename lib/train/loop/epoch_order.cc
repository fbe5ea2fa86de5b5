#include "lib/train/loop/epoch_order.h"

#include <algorithm>
#include <numeric>

#include "lib/core/random.h"

namespace vs::train {
namespace {

/// Of the epoch that ends and of the one that begins.
constexpr size_t kHeldOrders = 2;

}  // namespace

int64_t EpochShape::iterations() const {
  const int64_t together = batch_size * num_ranks;
  return (num_items + together - 1) / together;
}

std::vector<int64_t> epoch_order(const EpochShape& shape, uint64_t seed, uint64_t epoch, int64_t first) {
  std::vector<int64_t> all(static_cast<size_t>(shape.num_items));
  std::iota(all.begin(), all.end(), 0);
  ItemRandom random(seed, epoch, "order of the epoch");
  shuffle(all, random);
  std::vector<int64_t> order;
  for (int64_t iteration = first; iteration < shape.iterations(); ++iteration) {
    const int64_t begin = (iteration * shape.num_ranks + shape.rank) * shape.batch_size;
    for (int64_t i = begin; i < begin + shape.batch_size; ++i)
      order.push_back(all[static_cast<size_t>(i % shape.num_items)]);
  }
  return order;
}

RunOrder::RunOrder(const EpochShape& shape, uint64_t seed, int64_t epochs, int64_t first)
    : shape_(shape),
      seed_(seed),
      size_(static_cast<uint64_t>(std::max<int64_t>(epochs * shape.iterations() - first, 0) * shape.batch_size)),
      first_(static_cast<uint64_t>(first * shape.batch_size)),
      of_epoch_(static_cast<uint64_t>(shape.iterations() * shape.batch_size)) {}

data::LoadRequest RunOrder::at(uint64_t number) const {
  const uint64_t place = first_ + number, epoch = place / of_epoch_;
  const std::lock_guard lock(mutex_);
  auto found = orders_.find(epoch);
  if (found == orders_.end()) {
    // Samples are asked for about in order: the lowest epoch is the one that is over.
    if (orders_.size() == kHeldOrders) orders_.erase(orders_.begin());
    found = orders_.emplace(epoch, epoch_order(shape_, seed_, epoch)).first;
  }
  const uint64_t view = shape_.views > 0 ? epoch % static_cast<uint64_t>(shape_.views) : epoch;
  return {found->second[place % of_epoch_], view};
}

}  // namespace vs::train
