// The kernels of lib/cuda/kernels as operations on tensors, with their gradients.
#pragma once

#include <utility>

#include "lib/nn/device_backend.h"

namespace vs::cuda {

/// What a kernel does not take (another type, more frames than it holds) LibTorch's operations compute.
class Operations final : public nn::DeviceOperations {
 public:
  at::Tensor temporal_shift(const at::Tensor& x, int64_t segments, int64_t divisor) const override;
  at::Tensor crop_patches(const at::Tensor& images, const at::Tensor& actions, int64_t size) const override;
  nn::drca::Split split_by_score(const at::Tensor& scores, int64_t k) const override;
  std::pair<at::Tensor, at::Tensor> gather_frames(const at::Tensor& frames,
                                                  const nn::drca::Split& split) const override;
  nn::drca::Mixture perturbed_mixture(const at::Tensor& scores, const at::Tensor& noise, int64_t k,
                                      double sigma) const override;
};

}  // namespace vs::cuda
