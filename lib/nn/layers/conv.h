// Convolutions over two axes (images) and three (clips).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/nn/module.h"

namespace vs::nn {

/// One number an axis: {height, width} or {time, height, width}.
using Axes = std::vector<int64_t>;

struct ConvOptions {
  int64_t in_channels = 0, out_channels = 0;
  Axes kernel;         ///< its length says over how many axes: 2 or 3
  Axes stride = {};    ///< empty: 1 each
  Axes padding = {};   ///< zeros on both sides; empty: 0 each
  Axes dilation = {};  ///< empty: 1 each
  int64_t groups = 1;
  bool bias = true;
};

/// Convolution [N, C, (T,) H, W] -> [N, out, ...]; `weight` [out, in / groups, kernel...], `bias` [out].
class Conv : public Layer {
 public:
  explicit Conv(ConvOptions options);
  std::string kind() const override { return options_.kernel.size() == 3 ? "Conv3d" : "Conv2d"; }
  const ConvOptions& options() const { return options_; }
  const at::Tensor& weight() const { return weight_; }
  /// Undefined if there is none.
  const at::Tensor& bias() const { return bias_ ? *bias_ : none_; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  ConvOptions options_;
  at::Tensor& weight_;
  at::Tensor* bias_ = nullptr;
  at::Tensor none_;
};

/// Options of a convolution with a square kernel over height and width.
ConvOptions square_conv(int64_t in_channels, int64_t out_channels, int64_t kernel, int64_t stride = 1,
                        int64_t padding = 0, bool bias = false);

}  // namespace vs::nn
