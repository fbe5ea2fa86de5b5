#include "lib/nn/backbones/timesformer_layer.h"

namespace vs::nn {

DividedTemporalAttention::DividedTemporalAttention(const DividedLayerOptions& options)
    : norm_(child<LayerNorm>("norm", options.channels, options.epsilon)),
      attention_(child<MultiheadAttention>("attn", options.channels, options.heads)),
      drop_path_(child<DropPath>("dropout_layer", options.drop_path)),
      temporal_(child<Linear>("temporal_fc", options.channels, options.channels)),
      temporal_unit_(temporal_) {}

at::Tensor DividedTemporalAttention::forward(const at::Tensor& x) {
  return temporal_unit_(drop_path_(attention_(norm_(x))));
}

DividedSpatialAttention::DividedSpatialAttention(const DividedLayerOptions& options)
    : norm_(child<LayerNorm>("norm", options.channels, options.epsilon)),
      low_norm_(options.low_resolution ? &child<LayerNorm>("norm_low", options.channels, options.epsilon) : nullptr),
      low_attention_(options.low_resolution ? &child<MultiheadAttention>("attn_low", options.channels, options.heads)
                                            : nullptr),
      attention_(child<MultiheadAttention>("attn", options.channels, options.heads)),
      drop_path_(child<DropPath>("dropout_layer", options.drop_path)) {}

std::pair<at::Tensor, at::Tensor> DividedSpatialAttention::operator()(const at::Tensor& cls,
                                                                      const at::Tensor& patches) {
  const Running running(*this);
  return run(norm_, attention_, cls, patches);
}

std::pair<at::Tensor, at::Tensor> DividedSpatialAttention::low(const at::Tensor& cls, const at::Tensor& patches) {
  const Running running(*this);
  return run(*low_norm_, *low_attention_, cls, patches);
}

std::pair<at::Tensor, at::Tensor> DividedSpatialAttention::run(LayerNorm& norm, MultiheadAttention& attention,
                                                               const at::Tensor& cls, const at::Tensor& patches) {
  const int64_t batch = patches.size(0), count = patches.size(1), frames = patches.size(2), channels = patches.size(3);
  const at::Tensor sequences =
      at::cat({cls.unsqueeze(1).expand({batch, frames, 1, channels}), patches.transpose(1, 2)}, 2)
          .view({batch * frames, 1 + count, channels});
  const at::Tensor added = drop_path_(attention(norm(sequences))).view({batch, frames, 1 + count, channels});
  return {added.select(2, 0), added.narrow(2, 1, count).transpose(1, 2)};
}

DividedLayer::DividedLayer(const DividedLayerOptions& options)
    : attentions_(child<Module>("attentions")),
      temporal_(attentions_.child<DividedTemporalAttention>("0", options)),
      spatial_(attentions_.child<DividedSpatialAttention>("1", options)),
      feed_forward_(
          child<Module>("ffns").child<FeedForward>("0", options.channels, options.drop_path, options.epsilon)) {}

at::Tensor DividedLayer::operator()(const at::Tensor& tokens, int64_t frames) {
  const Running running(*this);
  const auto [cls, patches] = class_and_patches(tokens, frames);
  const auto [new_cls, new_patches] = over_space(cls, over_time(patches));
  return feed_forward(at::cat({new_cls, new_patches.flatten(1, 2)}, 1));
}

at::Tensor DividedLayer::over_time(const at::Tensor& patches) {
  return patches + temporal_(patches.flatten(0, 1)).view(patches.sizes());
}

std::pair<at::Tensor, at::Tensor> DividedLayer::over_space(const at::Tensor& cls, const at::Tensor& patches) {
  const auto [to_cls, to_patches] = spatial_(cls, patches);
  return {cls + to_cls.mean(1, true), patches + to_patches};
}

std::pair<at::Tensor, at::Tensor> class_and_patches(const at::Tensor& tokens, int64_t frames) {
  const int64_t patches = (tokens.size(1) - 1) / frames;
  return {tokens.narrow(1, 0, 1),
          tokens.narrow(1, 1, patches * frames).view({tokens.size(0), patches, frames, tokens.size(2)})};
}

}  // namespace vs::nn
