// Batches for training: samples of a dataset, loaded while the network runs.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/log.h"
#include "lib/data/dataset.h"
#include "lib/data/loader.h"
#include "lib/systems/system.h"
#include "lib/train/loop/device_copy.h"
#include "lib/train/loop/epoch_order.h"
#include "lib/train/loop/hand_over.h"
#include "lib/train/task.h"

namespace vs::train {

/// Labels of training as a task wants them.
data::LabelChoice label_choice(LabelUse use);

/// One batch, and what it took to get it.
struct LoadedBatch {
  Batch batch;
  double waited = 0;  ///< seconds for which the network waited
};

/// Turns samples into batches of a task. One batch is made ready, by a thread beside those that make samples, while the
/// one before it is in use, also across the ends of epochs; its images are brought to the device meanwhile.
class BatchSource {
 public:
  /// data, maker and log must outlive the object. layout: what the system takes. num_classes: of the network. device:
  /// of the weights.
  BatchSource(const data::Dataset& data, const data::SampleMaker& maker, data::LoaderOptions loading,
              systems::InputLayout layout, LabelUse use, int64_t num_classes, int64_t batch_size, Log& log,
              at::Device device = at::kCPU);

  /// Batches of `order` as long as consume() says true. A video that cannot be read is told once, and so is what its
  /// decoder says of one; strict: the first one that cannot be read ends it. What consume() does may take its time:
  /// then the next batch and, as the loader's options say, some samples wait. Throws what BatchBuilder throws, in the
  /// place of the batch that is at fault; Interrupted, never between a signal and a consume() that comes after it; what
  /// consume() throws.
  void run(const RunOrder& order, bool strict, const std::function<bool(LoadedBatch)>& consume);

  /// Videos that could not be read so far.
  int64_t num_unreadable() const { return static_cast<int64_t>(unreadable_.size()); }

 private:
  /// A batch, or why there is none, which of its videos could not be read for which reason, and what was said of
  /// others.
  struct Filled {
    Batch batch;  ///< without images: those are `imgs`
    ComingTensor imgs;
    std::vector<std::pair<int64_t, std::string>> failures;
    std::vector<std::pair<int64_t, std::vector<std::string>>> warnings;
    std::exception_ptr error;
  };
  void fill(const RunOrder& order, HandOver<Filled>& ready) const;
  void tell(const Filled& filled, bool strict);

  const data::Dataset& data_;
  const data::SampleMaker& maker_;
  data::LoaderOptions loading_;
  systems::InputLayout layout_;
  LabelUse use_;
  int64_t num_classes_, batch_size_;
  Log& log_;
  at::Device device_;
  std::set<int64_t> unreadable_, warned_of_;
};

}  // namespace vs::train
