#include "lib/nn/noise.h"

#include <ATen/CPUGeneratorImpl.h>

namespace vs::nn {

SeededNoise::SeededNoise(uint64_t seed) : generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {}

// Drawn on the CPU wherever they are used: a seed means the same numbers on every device.
at::Tensor SeededNoise::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  return at::rand(shape, generator_, at::device(at::kCPU).dtype(at::kFloat)).to(options, /*non_blocking=*/true);
}

at::Tensor SeededNoise::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  return at::randn(shape, generator_, at::device(at::kCPU).dtype(at::kFloat)).to(options, /*non_blocking=*/true);
}

}  // namespace vs::nn
