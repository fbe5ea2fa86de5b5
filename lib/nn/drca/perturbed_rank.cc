#include "lib/nn/drca/perturbed_rank.h"

#include <algorithm>
#include <vector>

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
  const at::Tensor order = std::get<1>(scores.detach().sort(/*stable=*/true, -1, /*descending=*/true));
  return {ascending(order.narrow(-1, 0, k)), ascending(order.narrow(-1, k, scores.size(-1) - k))};
}

Split split_uniformly(int64_t frames, int64_t k) {
  std::vector<int64_t> kept, dropped;
  const double step = static_cast<double>(frames) / static_cast<double>(k);
  for (int64_t i = 0; i < k; ++i) kept.push_back(static_cast<int64_t>(static_cast<double>(i) * step));
  for (int64_t frame = 0; frame < frames; ++frame) {
    if (std::find(kept.begin(), kept.end(), frame) == kept.end()) dropped.push_back(frame);
  }
  return {at::tensor(kept, at::kLong), at::tensor(dropped, at::kLong)};
}

Mixture perturbed_mixture(const at::Tensor& scores, const at::Tensor& noise, int64_t k, double sigma) {
  const Split split = split_by_score(scores.detach().unsqueeze(1) + noise * sigma, k);
  return {part_of_mixture(scores, noise, split.kept, sigma), part_of_mixture(scores, noise, split.dropped, sigma)};
}

}  // namespace vs::nn::drca
