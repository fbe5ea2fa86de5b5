// Choosing the k best of T frames, differentiably: perturbed maximum (Berthet et al., NeurIPS 2020) as DRCA uses it.
#pragma once

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::nn::drca {

/// Frames kept and frames left over, each ascending, as indices [..., k] and [..., T - k].
struct Split {
  at::Tensor kept, dropped;
};

/// The k largest of the last axis; of equal scores the one of the earlier frame counts as larger. scores [..., T],
/// 1 <= k < T.
Split split_by_score(const at::Tensor& scores, int64_t k);

/// The same from LibTorch's operations alone, on any device.
Split split_by_score_composed(const at::Tensor& scores, int64_t k);

/// Frames i * T / k, truncated, computed in double as i * (T / k), i = 0 .. k-1; int64 indices
/// on `device`, made there.
Split split_uniformly(int64_t frames, int64_t k, at::Device device = at::kCPU);

/// How much of each frame goes to each place: kept [B, k, T], dropped [B, T - k, T], rows summing to 1.
struct Mixture {
  at::Tensor kept, dropped;
};

/// The mean of split_by_score() over samples of scores + sigma * noise. scores [B, T], noise [B, samples, T], standard
/// normal. The gradient to the scores is a tenth of sum_j G[b, j, t] * E[b, j, t] over both parts, where G is the
/// gradient of the mixture and E[b, j, t] the sum over samples of noise where place j is frame t, divided by
/// samples * sigma; zero for sigma <= 1e-20. Source: DRCA (arXiv 2309.08167), its ranking module.
Mixture perturbed_mixture(const at::Tensor& scores, const at::Tensor& noise, int64_t k, double sigma);
/// The same from LibTorch's operations alone, on any device.
Mixture perturbed_mixture_composed(const at::Tensor& scores, const at::Tensor& noise, int64_t k, double sigma);

}  // namespace vs::nn::drca
