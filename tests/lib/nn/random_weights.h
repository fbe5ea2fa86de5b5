// Networks with random weights, and how far two results are apart.
#pragma once

#include <cmath>
#include <cstdint>

#include "lib/nn/module.h"
#include "lib/nn/noise.h"

namespace vs::nn::testing {

/// Gives every entry a value that keeps activations near one; variances are positive.
inline void randomise(Module& module, uint64_t seed, at::ScalarType dtype = at::kFloat) {
  SeededNoise noise(seed);
  module.materialize(dtype);
  const at::NoGradGuard no_gradients;
  for (const Entry& entry : module.entries()) {
    at::Tensor& tensor = *entry.tensor;
    if (!tensor.is_floating_point()) continue;
    const at::Tensor draws = noise.normal(tensor.sizes(), at::TensorOptions(at::kFloat));
    if (tensor.dim() >= 2) {
      const auto fan_in = static_cast<double>(tensor.numel()) / static_cast<double>(tensor.size(0));
      tensor.copy_(draws / std::sqrt(fan_in));
    } else if (entry.name.ends_with("running_var")) {
      tensor.copy_(draws.abs() * 0.2 + 1);
    } else {
      tensor.copy_(draws * 0.1 + (entry.name.ends_with("weight") ? 1 : 0));
    }
  }
}

inline at::Tensor random_tensor(at::IntArrayRef shape, uint64_t seed) {
  return SeededNoise(seed).normal(shape, at::TensorOptions(at::kFloat));
}

/// Largest difference, as a part of the largest magnitude expected.
inline double relative_error(const at::Tensor& got, const at::Tensor& expected) {
  if (got.sizes() != expected.sizes()) return INFINITY;
  const at::Tensor want = expected.to(at::kDouble);
  return (got.to(at::kDouble) - want).abs().max().item<double>() / want.abs().max().item<double>();
}

}  // namespace vs::nn::testing
