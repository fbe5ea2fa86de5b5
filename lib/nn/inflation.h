// Checkpoints over images for networks over clips, tensor by tensor.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/nn/layers/conv.h"
#include "lib/nn/whole_model.h"
#include "lib/weights/matching.h"

namespace vs::nn {

/// What of a checkpoint over images becomes what of a network over clips: kernels are repeated over the frames and
/// divided by their number; the tables of position biases of a Swin over images are resized to the window of a Video
/// Swin and repeated for every offset in time (see inflate_swin()), if the checkpoint's patches are those of images.
class Inflation {
 public:
  /// found: the checkpoint's tensors under the names of the whole model.
  Inflation(const WholeModel& model, const std::vector<weights::NamedShape>& found);

  bool adapts(const weights::NamedShape& expected, const weights::NamedShape& found) const;
  /// The tensor of that name from the checkpoint's, where adapts() says so; other values come back as they are.
  at::Tensor adapted(const std::string& name, const at::Tensor& value, at::IntArrayRef shape) const;

 private:
  std::map<std::string, Axes> windows_;  ///< of the tables that come from images
};

}  // namespace vs::nn
