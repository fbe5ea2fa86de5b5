#include "lib/nn/backbones/timesformer.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::nn {

TimeSformerOptions read_timesformer_options(Config& config) {
  TimeSformerOptions options;
  options.num_frames = config.integer("num_frames", 1, 4096);
  options.img_size = config.integer("img_size", 1, 4096);
  options.patch_size = config.integer("patch_size", 1, 4096);
  options.embed_dims = config.integer_or("embed_dims", options.embed_dims, 1, 1 << 16);
  options.num_heads = config.integer_or("num_heads", options.num_heads, 1, 1 << 12);
  options.num_layers = config.integer_or("num_transformer_layers", options.num_layers, 1, 1 << 10);
  options.in_channels = config.integer_or("in_channels", options.in_channels, 1, 1 << 10);
  options.dropout = config.number_or("dropout_ratio", 0, 0, 0.99);
  if (config.has("norm_cfg")) {
    Config norm = config.object("norm_cfg");
    norm.word("type", "LN", {"LN"});
    options.epsilon = norm.number_or("eps", 1e-6, 0, 1);
    norm.finish();
  } else {
    config.pass({"norm_cfg"});
  }
  config.pass({"type", "pretrained", "init_cfg", "pretrained2d"});
  if (config.has("transformer_layers"))
    throw UsageError(config.place_of("transformer_layers"), "only null is known", "the layers follow from other keys");
  config.pass({"transformer_layers"});
  if (options.img_size % options.patch_size != 0)
    throw UsageError(config.place_of("img_size"),
                     fmt::format("{} is no multiple of patch_size {}", options.img_size, options.patch_size));
  if (options.embed_dims % options.num_heads != 0)
    throw UsageError(config.place_of("num_heads"),
                     fmt::format("{} does not divide embed_dims {}", options.num_heads, options.embed_dims));
  return options;
}

DividedLayerOptions divided_layer_options(const TimeSformerOptions& options, int64_t index) {
  constexpr double kLargestDropPath = 0.1;
  const int64_t last = options.num_layers - 1;
  return {.channels = options.embed_dims,
          .heads = options.num_heads,
          .drop_path = last > 0 ? kLargestDropPath * static_cast<double>(index) / static_cast<double>(last) : 0,
          .epsilon = options.epsilon};
}

VideoTransformer::VideoTransformer(const TimeSformerOptions& options)
    : options_(options),
      cls_token_(parameter("cls_token", {1, 1, options.embed_dims})),
      pos_embed_(parameter("pos_embed", {1, options.grid() * options.grid() + 1, options.embed_dims})),
      time_embed_(parameter("time_embed", {1, options.num_frames, options.embed_dims})),
      projection_(child<Module>("patch_embed")
                      .child<Conv>("projection", ConvOptions{.in_channels = options.in_channels,
                                                             .out_channels = options.embed_dims,
                                                             .kernel = {options.patch_size, options.patch_size},
                                                             .stride = {options.patch_size, options.patch_size}})),
      drop_after_pos_(child<Dropout>("drop_after_pos", options.dropout)),
      drop_after_time_(child<Dropout>("drop_after_time", options.dropout)),
      norm_(child<LayerNorm>("norm", options.embed_dims, options.epsilon)),
      projection_unit_(projection_, nullptr, Activation::kNone) {}

at::Tensor VideoTransformer::embed(const at::Tensor& clips) {
  const int64_t side = options_.img_size, frames = options_.num_frames, grid = options_.grid();
  if (clips.dim() != 5 || clips.size(1) != options_.in_channels || clips.size(2) != frames || clips.size(3) != side ||
      clips.size(4) != side)
    throw DataError(kind(), fmt::format("takes clips [N, {}, {}, {}, {}], not [{}]", options_.in_channels, frames, side,
                                        side, fmt::join(clips.sizes(), ", ")));
  const int64_t batch = clips.size(0), channels = options_.embed_dims;
  const at::Tensor images =
      clips.permute({0, 2, 3, 4, 1}).reshape({batch * frames, side, side, options_.in_channels}).permute({0, 3, 1, 2});
  const at::Tensor maps = projection_unit_(images);
  at::Tensor patches = maps.permute({0, 2, 3, 1}).reshape({batch, frames, grid * grid, channels}).transpose(1, 2);
  const at::Tensor places = pos_embed_.narrow(1, 1, grid * grid).unsqueeze(2);
  at::Tensor cls = (cls_token_ + pos_embed_.narrow(1, 0, 1)).expand({batch, 1, channels});
  if (training() && options_.dropout > 0) {
    cls = drop_after_pos_(cls);
    patches = drop_after_time_(drop_after_pos_(patches + places) + time_embed_.unsqueeze(1));
  } else {
    patches = patches + (places + time_embed_.unsqueeze(1));
  }
  return at::cat({cls, patches.reshape({batch, grid * grid * frames, channels})}, 1);
}

TimeSformer::TimeSformer(const TimeSformerOptions& options) : VideoTransformer(options) {
  Module& layers = child<Module>("transformer_layers").child<Module>("layers");
  for (int64_t i = 0; i < options.num_layers; ++i)
    layers_.push_back(&layers.child<DividedLayer>(std::to_string(i), divided_layer_options(options, i)));
}

at::Tensor TimeSformer::forward(const at::Tensor& clips) {
  at::Tensor tokens = embed(clips);
  for (DividedLayer* layer : layers_) tokens = (*layer)(tokens, options().num_frames);
  return class_token(tokens);
}

std::unique_ptr<Backbone> build_timesformer(Config config) {
  const TimeSformerOptions options = read_timesformer_options(config);
  config.word("attention_type", "divided_space_time", {"divided_space_time"});
  config.finish();
  return std::make_unique<TimeSformer>(options);
}

}  // namespace vs::nn
