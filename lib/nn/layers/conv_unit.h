// Convolution, batch normalisation, addition and activation as one step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "lib/nn/layers/activation.h"
#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/layers/winograd.h"

namespace vs::nn {

/// Ties a convolution and its normalisation, whatever names their owner gave them, to one step
/// activation(norm(conv(x)) [+ residual]). Evaluated part by part until the owner, in prepare_self(), calls prepare():
/// then the normalisation is folded into the weights, which are packed for the machine, and addition and activation
/// happen where the convolution writes; 3 x 3 kernels in float32 multiply less (lib/nn/layers/winograd.h) where that is
/// faster. On other devices than the CPU LibTorch's convolution gets the folded weights. kRelu, kRelu6 and kNone only.
/// For one thread at a time.
class ConvUnit {
 public:
  /// norm: null if there is none. Both are borrowed.
  ConvUnit(Conv& conv, BatchNorm* norm, Activation activation);

  at::Tensor operator()(const at::Tensor& x) { return run(x, nullptr); }
  /// The residual has the shape of the result.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& residual) { return run(x, &residual); }

  void prepare(const InferenceOptions& options);
  void unprepare();

 private:
  at::Tensor run(const at::Tensor& x, const at::Tensor* residual);
  at::Tensor run_packed(const at::Tensor& x, const at::Tensor* residual);
  /// What other devices than the CPU do with folded weights.
  at::Tensor run_folded(const at::Tensor& x, const at::Tensor* residual) const;

  Conv* conv_;
  BatchNorm* norm_;
  Activation activation_;
  at::Tensor folded_weight_, folded_bias_;
  /// Packed for one shape of input; a network sees few.
  std::map<std::vector<int64_t>, at::Tensor> packed_;
  bool may_use_winograd_ = false;
  /// Made for the first input that it is faster for.
  std::optional<WinogradConv> winograd_;
};

}  // namespace vs::nn
