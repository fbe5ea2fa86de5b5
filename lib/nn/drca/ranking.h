// DRCA's choice of the frames that keep their full resolution.
#pragma once

#include <cstdint>
#include <string>

#include "lib/nn/layers/conv_unit.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"

namespace vs::nn::drca {

/// kDiffRank: by learned scores, as a mixture in training; kWithoutDiffRank: the same scores, always a hard choice;
/// kUniform: evenly spaced.
enum class Strategy { kDiffRank, kWithoutDiffRank, kUniform };

/// How salient each frame is. x [B, C, T, H, W], H and W at least 3, to [B, T] in 0 to 1. No gradient reaches x.
class ScoreNet : public Layer {
 public:
  explicit ScoreNet(int64_t channels);
  std::string kind() const override { return "ScoreNet"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;
  /// In single precision whatever is asked for: a score that rounds otherwise would choose another frame.
  void prepare_self(const InferenceOptions&) override { downsample_unit_.prepare({}); }
  void unprepare_self() override { downsample_unit_.unprepare(); }

 private:
  int64_t channels_;
  Conv& downsample_;
  BatchNorm& norm_;
  Sequence& in_;
  Sequence& out_;
  ConvUnit downsample_unit_;
};

struct RankedFrames {
  at::Tensor kept, dropped;                  ///< [B, k, N], [B, T - k, N]
  at::Tensor kept_indices, dropped_indices;  ///< [B, k], [B, T - k]
  at::Tensor scores;                         ///< [B, T]; undefined for kUniform
  at::Tensor order;                          ///< [B, T]: least salient first; kept, then dropped for kUniform
};

struct RankingOptions {
  int64_t channels = 0, k = 0, num_samples = 500;
  double sigma = 0.05;
  Strategy strategy = Strategy::kDiffRank;
};

/// Splits the frames of clips into k and the rest.
class Ranking : public Module {
 public:
  explicit Ranking(const RankingOptions& options);
  std::string kind() const override { return "Ranking"; }
  /// x [B, C, T, H, W], k < T. The frames come flattened, channels last: N = H * W * C.
  RankedFrames operator()(const at::Tensor& x);

 private:
  RankingOptions options_;
  ScoreNet* score_network_ = nullptr;
};

}  // namespace vs::nn::drca
