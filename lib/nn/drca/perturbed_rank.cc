#include "lib/nn/drca/perturbed_rank.h"

#include <tuple>

#include "lib/nn/device.h"

namespace vs::nn::drca {
namespace {

/// The mean indicator of one part; its value does not change with `scores`, its gradient is that of the estimator.
at::Tensor part_of_mixture(const at::Tensor& scores, const at::Tensor& noise, const at::Tensor& places, double sigma) {
  constexpr double kNoSpread = 1e-20;
  constexpr double kGradientScale = 0.1;
  at::Tensor indicator, slope;
  {
    const at::NoGradGuard constant;
    const at::Tensor frames = at::arange(scores.size(1), places.options());
    const at::Tensor chosen = (places.unsqueeze(-1) == frames).to(scores.scalar_type());  // [B, samples, places, T]
    indicator = chosen.mean(1);
    if (sigma > kNoSpread) {
      const double samples = static_cast<double>(noise.size(1));
      slope = (chosen * noise.unsqueeze(2)).sum(1) * (kGradientScale / (samples * sigma));
    }
  }
  if (!slope.defined()) return indicator + (scores - scores.detach()).unsqueeze(1) * 0;
  return indicator + slope * (scores - scores.detach()).unsqueeze(1);
}

at::Tensor ascending(const at::Tensor& indices) { return std::get<0>(indices.sort(-1)); }

}  // namespace

Split split_by_score(const at::Tensor& scores, int64_t k) {
  constexpr int64_t kAxesOfClips = 2;
  if (const DeviceOperations* own = operations_of(scores.device()); own && scores.dim() == kAxesOfClips)
    return own->split_by_score(scores.detach(), k);
  return split_by_score_composed(scores, k);
}

Split split_by_score_composed(const at::Tensor& scores, int64_t k) {
  const at::Tensor order = std::get<1>(scores.detach().sort(/*stable=*/true, -1, /*descending=*/true));
  return {ascending(order.narrow(-1, 0, k)), ascending(order.narrow(-1, k, scores.size(-1) - k))};
}

Split split_uniformly(int64_t frames, int64_t k, at::Device device) {
  const auto whole = at::device(device).dtype(at::kLong);
  const double step = static_cast<double>(frames) / static_cast<double>(k);
  const at::Tensor kept = (at::arange(k, at::device(device).dtype(at::kDouble)) * step).to(at::kLong);
  const at::Tensor taken = (at::arange(frames, whole).unsqueeze(1) == kept).any(1).to(at::kByte);
  const at::Tensor rest_first = std::get<1>(taken.sort(/*stable=*/true, 0, /*descending=*/false));
  return {kept, rest_first.narrow(0, 0, frames - k)};
}

Mixture perturbed_mixture(const at::Tensor& scores, const at::Tensor& noise, int64_t k, double sigma) {
  if (const DeviceOperations* own = operations_of(scores.device()))
    return own->perturbed_mixture(scores, noise, k, sigma);
  return perturbed_mixture_composed(scores, noise, k, sigma);
}

Mixture perturbed_mixture_composed(const at::Tensor& scores, const at::Tensor& noise, int64_t k, double sigma) {
  const Split split = split_by_score_composed(scores.detach().unsqueeze(1) + noise * sigma, k);
  return {part_of_mixture(scores, noise, split.kept, sigma), part_of_mixture(scores, noise, split.dropped, sigma)};
}

}  // namespace vs::nn::drca
