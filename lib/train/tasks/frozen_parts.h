// Parts of a backbone that stay as they are while the rest is trained.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/nn/module.h"

namespace vs::train {

/// What the keys of a backbone's description say, which are mmaction2's:
///
/// - frozen_stages: -1 none; 0 the stem; s also the first s stages. In evaluation mode and without gradients. The
///   stages of MobileNetV2 are its seven layers and the last convolution, those of Video Swin its layers.
/// - norm_eval: batch normalisation uses the running statistics and leaves them; its weights are trained.
/// - partial_bn: all batch normalisation but the first is in evaluation mode and without gradients.
/// - freeze_all: the whole backbone is in evaluation mode and without gradients.
///
/// Source: mmaction2 0.20, train() of its backbones; freeze_all: OCSampler's.
class FrozenParts {
 public:
  /// backbone: built from `description`, which stands at `place`; borrowed. Throws UsageError for a value of another
  /// type, more stages than there are, or stages of a backbone that has none to be frozen.
  FrozenParts(const nlohmann::ordered_json& description, nn::Module& backbone, const std::string& place);
  /// To be called whenever the backbone was put in training mode with gradients.
  void apply() const;

 private:
  std::vector<nn::Module*> frozen_;     ///< without gradients too
  std::vector<nn::Module*> evaluated_;  ///< in evaluation mode alone
};

}  // namespace vs::train
