#include "lib/train/loop/epoch_order.h"

#include <numeric>

#include "lib/core/random.h"

namespace vs::train {

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

}  // namespace vs::train
