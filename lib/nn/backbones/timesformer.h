// TimeSformer with divided space-time attention (Bertasius, Wang, Torresani, ICML 2021), in the names of mmaction2.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lib/nn/backbones/timesformer_layer.h"
#include "lib/nn/layers/conv_unit.h"
#include "lib/nn/network.h"

namespace vs::nn {

class Config;

struct TimeSformerOptions {
  int64_t num_frames = 0, img_size = 0, patch_size = 0;
  int64_t in_channels = 3, embed_dims = 768, num_heads = 12, num_layers = 12;
  double dropout = 0;     ///< on the embedded tokens, in training
  double epsilon = 1e-6;  ///< of the norms
  int64_t grid() const { return img_size / patch_size; }
};

/// Reads the keys that TimeSformer and DRCA share. Throws UsageError for an image that is no multiple of the patch, and
/// heads that do not divide the width.
TimeSformerOptions read_timesformer_options(Config& config);
/// Of layer `index`: stochastic depth rises from 0 to 0.1 over the layers.
DividedLayerOptions divided_layer_options(const TimeSformerOptions& options, int64_t index);

/// What a video transformer does before and after its layers. Entries: cls_token [1, 1, C], pos_embed [1, P + 1, C],
/// time_embed [1, T, C], patch_embed.projection, norm. Maps clips [B, 3, T, H, W] to features [B, C], the class token.
class VideoTransformer : public Backbone {
 public:
  explicit VideoTransformer(const TimeSformerOptions& options);
  int64_t out_channels() const override { return options_.embed_dims; }
  const TimeSformerOptions& options() const { return options_; }

 protected:
  /// Clips to tokens [B, 1 + P * T, C], patch after patch. Throws DataError for another count of channels or frames,
  /// or another size, than the network has.
  at::Tensor embed(const at::Tensor& clips);
  /// The class token of normalised tokens, [B, C].
  at::Tensor class_token(const at::Tensor& tokens) { return norm_(tokens).select(1, 0); }
  void prepare_self(const InferenceOptions& options) override { projection_unit_.prepare(options); }
  void unprepare_self() override { projection_unit_.unprepare(); }

 private:
  TimeSformerOptions options_;
  at::Tensor &cls_token_, &pos_embed_, &time_embed_;
  Conv& projection_;
  Dropout& drop_after_pos_;
  Dropout& drop_after_time_;
  LayerNorm& norm_;
  ConvUnit projection_unit_;
};

class TimeSformer : public VideoTransformer {
 public:
  explicit TimeSformer(const TimeSformerOptions& options);
  std::string kind() const override { return "TimeSformer"; }

 protected:
  at::Tensor forward(const at::Tensor& clips) override;

 private:
  std::vector<DividedLayer*> layers_;
};

/// "TimeSformer": num_frames, img_size, patch_size; embed_dims, num_heads, num_transformer_layers, in_channels,
/// dropout_ratio, norm_cfg {type: LN, eps}, attention_type (divided_space_time only).
std::unique_ptr<Backbone> build_timesformer(Config config);

}  // namespace vs::nn
