#include "lib/nn/backbones/swin.h"

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::nn {
namespace {

/// x with zeros at the ends of its last three axes, up to multiples of the patch.
at::Tensor padded_to(const at::Tensor& x, const Axes& patch) {
  Axes missing(3);
  for (size_t a = 0; a < 3; ++a) missing[a] = (patch[a] - x.size(static_cast<int64_t>(a) + 2) % patch[a]) % patch[a];
  if (missing == Axes{0, 0, 0}) return x;
  return at::constant_pad_nd(x, {0, missing[2], 0, missing[1], 0, missing[0]});
}

SwinBlockOptions block_options(const SwinOptions& options, size_t stage) {
  SwinBlockOptions block;
  block.channels = options.embed_dim << stage;
  block.heads = options.num_heads[stage];
  block.window = options.window_size;
  block.mlp_channels = static_cast<int64_t>(static_cast<double>(block.channels) * options.mlp_ratio);
  block.qkv_bias = options.qkv_bias;
  block.qk_scale = options.qk_scale;
  block.drop = options.drop_rate;
  block.attention_drop = options.attn_drop_rate;
  return block;
}

}  // namespace

PatchEmbed::PatchEmbed(const SwinOptions& options)
    : patch_(options.patch_size),
      projection_(child<Conv>("proj", ConvOptions{.in_channels = options.in_channels,
                                                  .out_channels = options.embed_dim,
                                                  .kernel = options.patch_size,
                                                  .stride = options.patch_size})),
      product_(projection_.weight(), projection_.bias()) {
  if (options.patch_norm) norm_ = &child<LayerNorm>("norm", options.embed_dim);
}

at::Tensor PatchEmbed::operator()(const at::Tensor& x) {
  const Running running(*this);
  at::Tensor rows;
  if (product_.prepared()) {
    const Axes grid{x.size(2) / patch_[0], x.size(3) / patch_[1], x.size(4) / patch_[2]};
    const at::Tensor patches =
        x.view({x.size(0), x.size(1), grid[0], patch_[0], grid[1], patch_[1], grid[2], patch_[2]})
            .permute({0, 2, 4, 6, 1, 3, 5, 7});
    rows = product_(patches.reshape({-1, x.size(1) * patch_[0] * patch_[1] * patch_[2]}));
  } else {
    const at::Tensor map = projection_(x);
    rows = map.permute({0, 2, 3, 4, 1}).reshape({-1, map.size(1)});
  }
  return norm_ ? (*norm_)(rows) : rows;
}

PatchMerging::PatchMerging(int64_t channels)
    : reduction_(child<Linear>("reduction", 4 * channels, 2 * channels, false)),
      norm_(child<LayerNorm>("norm", 4 * channels)),
      reduce_(reduction_) {}

at::Tensor PatchMerging::operator()(const at::Tensor& x, const StagePlan& plan) {
  const Running running(*this);
  const at::Tensor parts = gather_rows(x, plan.merged, plan.merged_padded);
  return reduce_(norm_(parts.view({-1, 4 * x.size(1)})));
}

SwinStage::SwinStage(const SwinBlockOptions& options, const std::vector<double>& drop_path, bool merge) {
  window_.size = options.window;
  for (const int64_t size : options.window) window_.shift.push_back(size / 2);
  struct Blocks : Module {};
  auto& blocks = child<Blocks>("blocks");
  for (size_t i = 0; i < drop_path.size(); ++i)
    blocks_.push_back(&blocks.child<SwinBlock>(std::to_string(i), options, drop_path[i]));
  if (merge) merging_ = &child<PatchMerging>("downsample", options.channels);
}

at::Tensor SwinStage::operator()(const at::Tensor& x, int64_t batch, Axes& grid) {
  const Running running(*this);
  const auto plan = plans_.plan(batch, grid, window_, x.device());
  at::Tensor y = plan->padded ? x : gather_rows(x, plan->plain.order, false);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const bool odd = i % 2 == 1;
    if (i > 0) y = gather_rows(y, odd ? plan->plain_to_odd : plan->odd_to_plain, false);
    y = (*blocks_[i])(y, *plan, odd ? plan->odd : plan->plain);
  }
  if (!plan->padded) y = gather_rows(y, blocks_.size() % 2 == 0 ? plan->odd.place : plan->plain.place, false);
  if (!merging_) return y;
  y = (*merging_)(y, *plan);
  grid = {grid[0], (grid[1] + 1) / 2, (grid[2] + 1) / 2};
  return y;
}

SwinTransformer3d::SwinTransformer3d(const SwinOptions& options)
    : options_(options),
      out_channels_(options.embed_dim << (options.depths.size() - 1)),
      embed_(child<PatchEmbed>("patch_embed", options)),
      drop_(child<Dropout>("pos_drop", options.drop_rate)) {
  const std::vector<double> rates = drop_path_rates(options.drop_path_rate, options.depths);
  struct Layers : Module {};
  auto& layers = child<Layers>("layers");
  auto next = rates.begin();
  for (size_t s = 0; s < options.depths.size(); ++s) {
    const std::vector<double> own(next, next + options.depths[s]);
    next += options.depths[s];
    stages_.push_back(
        &layers.child<SwinStage>(std::to_string(s), block_options(options, s), own, s + 1 < options.depths.size()));
  }
  norm_ = &child<LayerNorm>("norm", out_channels_);
}

at::Tensor SwinTransformer3d::forward(const at::Tensor& x) {
  if (x.dim() != 5 || x.size(1) != options_.in_channels || x.numel() == 0)
    throw DataError("SwinTransformer3D", fmt::format("clips of shape [{}]", fmt::join(x.sizes(), ", ")),
                    fmt::format("[clips, {}, frames, height, width] are needed", options_.in_channels));
  const int64_t batch = x.size(0);
  const Axes& patch = options_.patch_size;
  const at::Tensor whole = padded_to(x, patch);
  Axes grid{whole.size(2) / patch[0], whole.size(3) / patch[1], whole.size(4) / patch[2]};
  at::Tensor rows = drop_(embed_(whole));
  for (SwinStage* stage : stages_) rows = (*stage)(rows, batch, grid);
  const at::Tensor y = (*norm_)(rows).to(x.scalar_type());
  return y.view({batch, grid[0], grid[1], grid[2], out_channels_}).permute({0, 4, 1, 2, 3});
}

}  // namespace vs::nn
