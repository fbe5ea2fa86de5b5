#include "lib/train/tasks/mixup.h"

#include <cmath>

namespace vs::train {
namespace {

const at::TensorOptions kReal = at::TensorOptions().device(at::kCPU).dtype(at::kDouble);

double uniform(nn::NoiseSource& noise) {
  // Draws may be 0, of which there is no logarithm.
  constexpr double kSmallest = 0x1p-25;
  return std::max(noise.uniform({}, kReal).item<double>(), kSmallest);
}

/// The logarithm of a gamma variate of this shape, as that of a small shape is often too small for a number.
double log_gamma_draw(double shape, nn::NoiseSource& noise) {
  if (shape < 1) return std::log(uniform(noise)) / shape + log_gamma_draw(shape + 1, noise);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = noise.normal({}, kReal).item<double>();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(uniform(noise)) < x * x / 2 + d * (1 - v + std::log(v))) return std::log(d * v);
  }
}

at::Tensor blended(const at::Tensor& x, double weight, const at::Tensor& order) {
  return x.index_select(0, order.to(x.device())).lerp_(x, weight);
}

}  // namespace

double draw_beta(double alpha, nn::NoiseSource& noise) {
  const double first = log_gamma_draw(alpha, noise), second = log_gamma_draw(alpha, noise);
  return 1 / (1 + std::exp(second - first));
}

Batch mixed(const Batch& batch, double weight, const at::Tensor& order) {
  return {blended(batch.imgs, weight, order), blended(batch.labels, weight, order)};
}

Batch mixed_up(const Batch& batch, double alpha, nn::NoiseSource& noise) {
  const double weight = draw_beta(alpha, noise);
  const at::Tensor order = noise.uniform({batch.imgs.size(0)}, kReal).argsort(/*stable=*/true, 0, false);
  return mixed(batch, weight, order);
}

}  // namespace vs::train
