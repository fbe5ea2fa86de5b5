// Where random draws of training come from: passed in, so that a run is repeatable and a reference's draws can be
// given.
#pragma once

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::nn {

/// Draws for drop-out, stochastic depth and sampling, in the order in which a network asks for them.
class NoiseSource {
 public:
  virtual ~NoiseSource() = default;
  /// Uniform in [0, 1), of this shape, type and device.
  virtual at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) = 0;
  /// Standard normal.
  virtual at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) = 0;
};

/// The draws of a seeded generator of LibTorch's.
class SeededNoise : public NoiseSource {
 public:
  explicit SeededNoise(uint64_t seed);
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;
  at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;

 private:
  at::Generator generator_;
};

}  // namespace vs::nn
