// A divided space-time layer over frames of two resolutions, with one set of weights for time and feed-forward.
// Source: DRCA (arXiv 2309.08167), resolution-align transformer layer.
#pragma once

#include <cstdint>

#include "lib/nn/backbones/timesformer_layer.h"
#include "lib/nn/drca/dccm.h"

namespace vs::nn::drca {

/// The class token [B, 1, C] beside frames of two resolutions.
struct AlignedTokens {
  at::Tensor cls, high, low;

  /// [B, 1 + H * W * k + H * W / 4 * (T - k), C].
  at::Tensor joined() const { return at::cat({cls, high.flatten(1, 3), low.flatten(1, 3)}, 1); }
  /// Tokens of these shapes out of joined ones, as views.
  AlignedTokens split(const at::Tensor& joined) const;
};

/// What attention over time adds: the high frames are averaged over 2 x 2 patches, attend together with the low ones
/// (high first), and what comes back to them is interpolated, corner patches on corner patches.
AlignedTokens aligned_over_time(DividedLayer& layer, const AlignedTokens& tokens);
/// Each resolution has its own attention; all frames weigh equally in the class token.
AlignedTokens aligned_over_space(DividedLayer& layer, const AlignedTokens& tokens);
AlignedTokens aligned_feed_forward(DividedLayer& layer, const AlignedTokens& tokens);
/// All three. The layer was built with low_resolution.
AlignedTokens run_aligned(DividedLayer& layer, const AlignedTokens& tokens);

}  // namespace vs::nn::drca
