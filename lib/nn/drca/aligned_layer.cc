#include "lib/nn/drca/aligned_layer.h"

namespace vs::nn::drca {
namespace {

/// [B, H, W, k, C] to [B, H / 2, W / 2, k, C].
at::Tensor averaged(const at::Tensor& high) {
  const auto corner = [&](int64_t row, int64_t column) {
    return high.slice(1, row, std::nullopt, 2).slice(2, column, std::nullopt, 2);
  };
  return (corner(0, 0) + corner(0, 1) + (corner(1, 0) + corner(1, 1))) * 0.25;
}

/// [B, h, w, k, C] to [B, 2h, 2w, k, C], corners aligned.
at::Tensor interpolated(const at::Tensor& low) {
  const int64_t batch = low.size(0), height = low.size(1), width = low.size(2);
  const at::Tensor maps = low.reshape({batch, height, width, -1}).permute({0, 3, 1, 2});
  return at::upsample_bilinear2d(maps, {2 * height, 2 * width}, /*align_corners=*/true)
      .permute({0, 2, 3, 1})
      .reshape({batch, 2 * height, 2 * width, low.size(3), low.size(4)});
}

}  // namespace

AlignedTokens AlignedTokens::split(const at::Tensor& joined) const {
  const int64_t high_tokens = high.size(1) * high.size(2) * high.size(3);
  return {joined.narrow(1, 0, 1), joined.narrow(1, 1, high_tokens).view(high.sizes()),
          joined.narrow(1, 1 + high_tokens, joined.size(1) - 1 - high_tokens).view(low.sizes())};
}

AlignedTokens aligned_over_time(DividedLayer& layer, const AlignedTokens& tokens) {
  const int64_t kept = tokens.high.size(3), dropped = tokens.low.size(3);
  const at::Tensor together = at::cat({averaged(tokens.high), tokens.low}, 3);  // [B, h, w, T, C]
  const at::Tensor added =
      layer.temporal()(together.flatten(0, 2)).view(together.sizes()).to(tokens.high.scalar_type());
  return {tokens.cls, tokens.high + interpolated(added.narrow(3, 0, kept)),
          tokens.low + added.narrow(3, kept, dropped)};
}

AlignedTokens aligned_over_space(DividedLayer& layer, const AlignedTokens& tokens) {
  const auto [high_cls, high] = layer.spatial()(tokens.cls, tokens.high.flatten(1, 2));
  const auto [low_cls, low] = layer.spatial().low(tokens.cls, tokens.low.flatten(1, 2));
  return {tokens.cls + at::cat({high_cls, low_cls}, 1).mean(1, true), tokens.high + high.view_as(tokens.high),
          tokens.low + low.view_as(tokens.low)};
}

AlignedTokens aligned_feed_forward(DividedLayer& layer, const AlignedTokens& tokens) {
  return tokens.split(layer.feed_forward(tokens.joined()));
}

AlignedTokens run_aligned(DividedLayer& layer, const AlignedTokens& tokens) {
  const Running running(layer);
  return aligned_feed_forward(layer, aligned_over_space(layer, aligned_over_time(layer, tokens)));
}

}  // namespace vs::nn::drca
