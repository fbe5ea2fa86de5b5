// Which videos make up the batches of an epoch.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "lib/data/loader.h"

namespace vs::train {

/// How a dataset is cut into batches. The batch of an iteration is that of all ranks together, cut into equal parts, so
/// that two ranks with half the batch each see together what one sees.
struct EpochShape {
  int64_t num_items = 0;   ///< at least 1
  int64_t batch_size = 1;  ///< of one rank
  int64_t rank = 0, num_ranks = 1;
  /// Draws of an item are those of epoch % views, so that it has so many views in all; 0: new ones each epoch.
  int64_t views = 0;

  /// Batches of an epoch; the last one is filled up with items from the epoch's beginning.
  int64_t iterations() const;
};

/// Positions of the items of this rank, batch after batch, from iteration `first` of an epoch on: [(iterations() -
/// first) * batch_size]. Every item comes once an epoch, in an order that depends on (seed, epoch) alone.
std::vector<int64_t> epoch_order(const EpochShape& shape, uint64_t seed, uint64_t epoch, int64_t first = 0);

/// What one rank loads from an iteration of a run on to the run's end, epoch after epoch in the orders of
/// epoch_order(), of which only those in use are held. Any thread may ask.
class RunOrder {
 public:
  /// first: iterations behind the run, of epochs * shape.iterations().
  RunOrder(const EpochShape& shape, uint64_t seed, int64_t epochs, int64_t first);

  uint64_t size() const { return size_; }
  /// number < size().
  data::LoadRequest at(uint64_t number) const;

 private:
  EpochShape shape_;
  uint64_t seed_, size_, first_, of_epoch_;  ///< samples
  mutable std::mutex mutex_;
  mutable std::map<uint64_t, std::vector<int64_t>> orders_;  ///< by epoch
};

}  // namespace vs::train
