// Which videos make up the batches of an epoch.
#pragma once

#include <cstdint>
#include <vector>

namespace vs::train {

/// How a dataset is cut into batches. The batch of an iteration is that of all ranks together, cut into equal parts, so
/// that two ranks with half the batch each see together what one sees.
struct EpochShape {
  int64_t num_items = 0;   ///< at least 1
  int64_t batch_size = 1;  ///< of one rank
  int64_t rank = 0, num_ranks = 1;

  /// Batches of an epoch; the last one is filled up with items from the epoch's beginning.
  int64_t iterations() const;
};

/// Positions of the items of this rank, batch after batch, from iteration `first` of an epoch on: [(iterations() -
/// first) * batch_size]. Every item comes once an epoch, in an order that depends on (seed, epoch) alone.
std::vector<int64_t> epoch_order(const EpochShape& shape, uint64_t seed, uint64_t epoch, int64_t first = 0);

}  // namespace vs::train
