// DRCA: TimeSformer whose less salient frames are compressed at one layer (arXiv 2309.08167).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lib/nn/backbones/timesformer.h"
#include "lib/nn/drca/aligned_layer.h"
#include "lib/nn/drca/dccm.h"

namespace vs::nn::drca {

struct DrcaOptions {
  TimeSformerOptions transformer;
  /// Layers before the compression. 0 and less: none happens; with 0, and from the number of layers on, the weights
  /// that compression would use are there all the same, as in the reference.
  int64_t insert_layer = -1;
  RankingOptions ranking;
  CompressionKind compression = CompressionKind::kSaliencyReference;

  bool compresses() const { return insert_layer > 0 && insert_layer < transformer.num_layers; }
};

/// "uniform", "diff_rank", "wo_diff_rank", and "sal_ref", "conv2d", "conv3d", "patch_merge", "resblock_2d",
/// "resblock_3d"; UsageError at the key for another word.
Strategy read_strategy(Config& config, const std::string& key);
CompressionKind read_compression(Config& config, const std::string& key);

/// Clips [B, 3, T, H, W] to [B, C].
class Drca : public VideoTransformer {
 public:
  /// Throws UsageError, naming `place`, for numbers that cannot work together: k outside of 1 to T - 1, an odd grid, a
  /// grid too small for scores, channels that are no multiple of 4 for kSaliencyReference.
  Drca(const DrcaOptions& options, const std::string& place);
  std::string kind() const override { return "DRCA"; }

  struct FrameRanking {
    at::Tensor scores;  ///< [B, T]; undefined for uniform choice and without compression
    at::Tensor order;   ///< [B, T] indices, least salient first; kept, then dropped for uniform choice; 0 .. T-1
  };
  struct Seen {
    at::Tensor features;  ///< [B, C]
    at::Tensor kept;      ///< [B, k] frames that keep their resolution, ascending; undefined without compression
  };
  /// The features, and which frames they saw in full.
  Seen look(const at::Tensor& clips) {
    const Running running(*this);
    return run(clips);
  }
  /// Runs up to the compression. Throws UsageError if that stands behind the last layer.
  FrameRanking rank(const at::Tensor& clips);

 protected:
  at::Tensor forward(const at::Tensor& clips) override { return run(clips).features; }

 private:
  Seen run(const at::Tensor& clips);
  /// Tokens before the compression, or behind the last layer if there is none.
  at::Tensor before_compression(const at::Tensor& clips);
  at::Tensor frames_of(const at::Tensor& tokens) const;

  DrcaOptions drca_;
  std::vector<DividedLayer*> layers_;
  Dccm* dccm_ = nullptr;
};

/// "DRCA": the keys of TimeSformer, and comp_insert_layer, comp_k, comp_strategy, comp_module, sigma, num_samples.
std::unique_ptr<Backbone> build_drca(Config config);

}  // namespace vs::nn::drca
