// From the description of a recipe to options.
#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/backbones/swin.h"
#include "lib/nn/config.h"

namespace vs::nn {
namespace {

constexpr int64_t kMostWidth = 65536;
/// The index between all pairs of a window's tokens stays within 128 MiB.
constexpr int64_t kMostWindow = 4096;

void need_positive(const Config& config, const char* key, const std::vector<int64_t>& values, int64_t most) {
  for (const int64_t value : values) {
    if (value < 1 || value > most)
      throw UsageError(config.place_of(key), fmt::format("holds {}", value), fmt::format("1 to {} are possible", most));
  }
}

}  // namespace

SwinOptions swin_options(Config& config) {
  SwinOptions options;
  config.pass({"type", "pretrained", "pretrained2d", "use_checkpoint"});
  options.patch_size = config.integers_or("patch_size", options.patch_size, 3);
  need_positive(config, "patch_size", options.patch_size, 64);
  options.in_channels = config.integer_or("in_chans", options.in_channels, 1, kMostWidth);
  options.embed_dim = config.integer_or("embed_dim", options.embed_dim, 1, kMostWidth);
  options.depths = config.integers_or("depths", options.depths);
  need_positive(config, "depths", options.depths, 1000);
  if (options.depths.empty() || options.depths.size() > 8)
    throw UsageError(config.place_of("depths"), fmt::format("has {} elements", options.depths.size()),
                     "1 to 8 stages are possible");
  options.num_heads = config.integers_or("num_heads", options.num_heads, options.depths.size());
  need_positive(config, "num_heads", options.num_heads, kMostWidth);
  if (options.num_heads.size() != options.depths.size())
    throw UsageError(config.place_of("num_heads"), fmt::format("has {} elements", options.num_heads.size()),
                     fmt::format("depths has {}", options.depths.size()));
  for (size_t s = 0; s < options.num_heads.size(); ++s) {
    if ((options.embed_dim << s) % options.num_heads[s] != 0)
      throw UsageError(config.place_of("num_heads"), fmt::format("{} heads do not divide the {} channels of stage {}",
                                                                 options.num_heads[s], options.embed_dim << s, s));
  }
  options.window_size = config.integers_or("window_size", options.window_size, 3);
  need_positive(config, "window_size", options.window_size, kMostWindow);
  const Axes& window = options.window_size;
  if (window[0] * window[1] * window[2] > kMostWindow)
    throw UsageError(config.place_of("window_size"),
                     fmt::format("a window of {} tokens is too large", window[0] * window[1] * window[2]),
                     fmt::format("{} are possible", kMostWindow));
  options.mlp_ratio = config.number_or("mlp_ratio", options.mlp_ratio, 1.0 / 64, 64);
  if (static_cast<double>(options.embed_dim) * options.mlp_ratio < 1)
    throw UsageError(config.place_of("mlp_ratio"), "leaves no hidden channels");
  options.qkv_bias = config.flag_or("qkv_bias", options.qkv_bias);
  // As in the reference, zero means the usual scale.
  const double scale = config.number_or("qk_scale", 0, -1e6, 1e6);
  if (scale != 0) options.qk_scale = scale;
  options.drop_rate = config.number_or("drop_rate", options.drop_rate, 0, 0.99);
  options.attn_drop_rate = config.number_or("attn_drop_rate", options.attn_drop_rate, 0, 0.99);
  options.drop_path_rate = config.number_or("drop_path_rate", options.drop_path_rate, 0, 0.99);
  options.patch_norm = config.flag_or("patch_norm", options.patch_norm);
  // Means something to training alone.
  config.integer_or("frozen_stages", -1, -1, static_cast<int64_t>(options.depths.size()));
  config.finish();
  return options;
}

std::unique_ptr<Backbone> build_swin(Config config) {
  return std::make_unique<SwinTransformer3d>(swin_options(config));
}

}  // namespace vs::nn
