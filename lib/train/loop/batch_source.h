// Batches for training: samples of a dataset, loaded while the network runs.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "lib/core/log.h"
#include "lib/data/dataset.h"
#include "lib/data/loader.h"
#include "lib/systems/system.h"
#include "lib/train/task.h"

namespace vs::train {

/// Labels of training as a task wants them.
data::LabelChoice label_choice(LabelUse use);

/// One batch, and what it took to get it.
struct LoadedBatch {
  Batch batch;
  double waited = 0;  ///< seconds for which the network waited
};

/// Turns samples into batches of a task.
///
/// A video that cannot be read is told once, and its place in the batch is taken by the batch's readable ones in turn,
/// so that an epoch has as many steps as before and a resumed run the same batches.
class BatchSource {
 public:
  /// data, maker and log must outlive the object. layout: what the system takes. num_classes: of the network.
  BatchSource(const data::Dataset& data, const data::SampleMaker& maker, data::LoaderOptions loading,
              systems::InputLayout layout, LabelUse use, int64_t num_classes, int64_t batch_size, Log& log);

  /// Batches of `order`, whose length is a multiple of the batch size, as long as consume() says true. strict: the
  /// first unreadable video ends it. Throws DataError if no video of a batch can be read, or samples of a batch differ
  /// in shape; Interrupted; what consume() throws.
  void run(std::span<const int64_t> order, uint64_t epoch, bool strict,
           const std::function<bool(LoadedBatch)>& consume);

  /// Videos that could not be read so far.
  int64_t num_unreadable() const { return static_cast<int64_t>(unreadable_.size()); }

 private:
  Batch make_batch(std::vector<data::Sample>& samples) const;
  at::Tensor labels_of(const std::vector<const data::Sample*>& samples) const;

  const data::Dataset& data_;
  const data::SampleMaker& maker_;
  data::LoaderOptions loading_;
  systems::InputLayout layout_;
  LabelUse use_;
  int64_t num_classes_, batch_size_;
  Log& log_;
  std::set<int64_t> unreadable_;
};

}  // namespace vs::train
