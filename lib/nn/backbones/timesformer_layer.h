// The layers of TimeSformer (Bertasius, Wang, Torresani: Is space-time attention all you need?, ICML 2021): attention
// over time at one place, then over space in one frame, then a feed-forward part.
#pragma once

#include <cstdint>
#include <utility>

#include "lib/nn/layers/drop.h"
#include "lib/nn/layers/linear_unit.h"
#include "lib/nn/layers/multihead_attention.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/layers/transformer_feed_forward.h"

namespace vs::nn {

struct DividedLayerOptions {
  int64_t channels = 0, heads = 0;
  double drop_path = 0, epsilon = 1e-6;
  bool low_resolution = false;  ///< a second spatial attention for frames of fewer tokens
};

/// What attention over time adds to sequences [N, T, C]: temporal_fc(drop_path(attention(norm(x)))).
class DividedTemporalAttention : public Layer {
 public:
  explicit DividedTemporalAttention(const DividedLayerOptions& options);
  std::string kind() const override { return "DividedTemporalAttention"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;
  void prepare_self(const InferenceOptions& options) override { temporal_unit_.prepare(options); }
  void unprepare_self() override { temporal_unit_.unprepare(); }

 private:
  LayerNorm& norm_;
  MultiheadAttention& attention_;
  DropPath& drop_path_;
  Linear& temporal_;
  LinearUnit temporal_unit_;
};

/// What attention over space adds. cls [B, 1, C], patches [B, P, F, C] of F frames; each frame's sequence is the class
/// token and its P patches.
class DividedSpatialAttention : public Module {
 public:
  explicit DividedSpatialAttention(const DividedLayerOptions& options);
  std::string kind() const override { return "DividedSpatialAttention"; }
  /// Returns what is added to the class token by each frame [B, F, C], and to the patches [B, P, F, C].
  std::pair<at::Tensor, at::Tensor> operator()(const at::Tensor& cls, const at::Tensor& patches);
  /// The same with the norm and the attention of low-resolution frames; only where there are any.
  std::pair<at::Tensor, at::Tensor> low(const at::Tensor& cls, const at::Tensor& patches);

 private:
  std::pair<at::Tensor, at::Tensor> run(LayerNorm& norm, MultiheadAttention& attention, const at::Tensor& cls,
                                        const at::Tensor& patches);
  LayerNorm& norm_;
  LayerNorm* low_norm_;
  MultiheadAttention* low_attention_;
  MultiheadAttention& attention_;
  DropPath& drop_path_;
};

/// One layer. Tokens [B, 1 + P * T, C]: the class token, then patch after patch, the frames of one patch side by side.
class DividedLayer : public Module {
 public:
  explicit DividedLayer(const DividedLayerOptions& options);
  std::string kind() const override { return "DividedSpaceTimeLayer"; }
  at::Tensor operator()(const at::Tensor& tokens, int64_t frames);

  /// The three steps. patches [B, P, T, C], cls [B, 1, C]; each returns its argument with what the step adds.
  at::Tensor over_time(const at::Tensor& patches);
  std::pair<at::Tensor, at::Tensor> over_space(const at::Tensor& cls, const at::Tensor& patches);
  at::Tensor feed_forward(const at::Tensor& tokens) { return feed_forward_(tokens); }

  DividedTemporalAttention& temporal() { return temporal_; }
  DividedSpatialAttention& spatial() { return spatial_; }

 private:
  Module& attentions_;
  DividedTemporalAttention& temporal_;
  DividedSpatialAttention& spatial_;
  FeedForward& feed_forward_;
};

/// The class token [B, 1, C] and the patches [B, P, T, C] of tokens, as views.
std::pair<at::Tensor, at::Tensor> class_and_patches(const at::Tensor& tokens, int64_t frames);

}  // namespace vs::nn
