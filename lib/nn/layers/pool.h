// Pooling over the axes after the channels.
#pragma once

#include "lib/nn/layers/conv.h"
#include "lib/nn/module.h"

namespace vs::nn {

/// Largest value of each window over two axes (images) or three (clips), as many as `kernel` has; places beyond the
/// edges never win.
class MaxPool : public Layer {
 public:
  MaxPool(Axes kernel, Axes stride, Axes padding);
  std::string kind() const override { return kernel_.size() == 3 ? "MaxPool3d" : "MaxPool2d"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  Axes kernel_, stride_, padding_;
};

/// [N, C, ...] to [N, C]: mean over all positions, computed in `dtype`; [N, C] stays as it is.
at::Tensor mean_of_positions(const at::Tensor& x, at::ScalarType dtype);

}  // namespace vs::nn
