// DRCA's differentiable context-aware compression module: ranking, then compression of the frames ranked low.
#pragma once

#include <cstdint>
#include <utility>

#include "lib/nn/drca/compression.h"
#include "lib/nn/drca/ranking.h"

namespace vs::nn::drca {

/// Frames in two resolutions, patch by patch, the frames of one patch side by side.
struct TwoResolutions {
  at::Tensor high;  ///< [B, H, W, k, C]
  at::Tensor low;   ///< [B, ceil(H / 2), ceil(W / 2), T - k, C]
  at::Tensor kept;  ///< [B, k]: which frames are in high, ascending
};

/// Entries: compression.*, and rank_net.score_network.* unless frames are chosen uniformly.
class Dccm : public Module {
 public:
  Dccm(const RankingOptions& ranking, CompressionKind compression);
  std::string kind() const override { return "Dccm"; }
  /// x [B, C, T, H, W], k < T.
  TwoResolutions operator()(const at::Tensor& x);
  /// Scores and order alone. The frames in it are flat: see Ranking.
  RankedFrames rank(const at::Tensor& x) { return ranking_(x); }

 private:
  Compression& compression_;
  Ranking& ranking_;
};

}  // namespace vs::nn::drca
