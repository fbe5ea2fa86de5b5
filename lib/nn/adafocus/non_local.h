// Attention of every position of a clip to every other (Wang et al., "Non-local neural networks", CVPR 2018).
#pragma once

#include <cstdint>
#include <string>

#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/layers/pool.h"
#include "lib/nn/module.h"

namespace vs::nn {

/// Clips [N, C, T, H, W] to the same shape: soft-max over products of embedded positions, C / 2 wide, weighs a third
/// embedding; its normalised projection is added to the input. What is attended to is halved in height and width first.
/// Entries: g.0, W.0, W.1, theta, phi.0, with biases. Throws DataError for another shape or fewer than 2 pixels a side.
/// Source: the blocks that TSM's code adds to a ResNet; embedded Gaussian, sub-sampled.
class NonLocal : public Layer {
 public:
  explicit NonLocal(int64_t channels);
  std::string kind() const override { return "NonLocal"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  int64_t channels_;
  Conv *value_, *project_;
  BatchNorm* norm_;
  Conv *query_, *key_;
  MaxPool *value_pool_, *key_pool_;
};

}  // namespace vs::nn
