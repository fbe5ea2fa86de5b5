// Samples become one batch of a task.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/data/dataset.h"
#include "lib/data/loader.h"
#include "lib/systems/system.h"
#include "lib/train/task.h"

namespace vs::train {

/// Copies samples into a batch as they come, so that no input is held twice.
///
/// The place of a video that cannot be read is taken by the batch's readable ones in turn, so that an epoch has as many
/// steps as without it and a resumed run the same batches.
class BatchBuilder {
 public:
  /// data must outlive the object. layout: what the system takes. num_classes: of the network. memory: of images that
  /// are on the CPU; those that are on a GPU, `device`, stay there.
  BatchBuilder(const data::Dataset& data, systems::InputLayout layout, LabelUse use, int64_t num_classes,
               int64_t batch_size, const at::TensorOptions& memory = {}, at::Device device = at::kCPU);

  /// The sample of the next place; the batch must not be full. Throws DataError for an input that is not of the layout,
  /// or of another shape than the batch's others.
  void add(data::Sample sample);
  bool full() const { return static_cast<int64_t>(places_.size()) == batch_size_; }
  /// The full batch; the next one begins. Throws DataError if no video of it can be read.
  Batch take();

 private:
  struct Place {
    int64_t item = 0;
    std::optional<int64_t> label;
    bool readable = false;
  };
  void fill_gaps();
  at::Tensor labels() const;

  const data::Dataset& data_;
  systems::InputLayout layout_;
  LabelUse use_;
  int64_t num_classes_, batch_size_;
  at::TensorOptions memory_;
  at::Device device_;
  std::vector<Place> places_;
  at::Tensor imgs_;                    ///< [batch_size, ...] from the first readable sample on, which says where
  std::vector<at::Tensor> on_device_;  ///< what is being copied from
};

}  // namespace vs::train
