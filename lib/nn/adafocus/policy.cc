#include "lib/nn/adafocus/policy.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/layers/linear.h"

namespace vs::nn {
namespace {

constexpr int64_t kReducedChannels = 64;
constexpr int64_t kWide = 1024, kNarrow = 512;

/// 1x1 convolution and normalisation "0" and "1"; the tanh after them is the caller's.
ConvUnit reduction(Module& parent, int64_t map_channels) {
  Conv& conv = parent.child<Conv>("0", square_conv(map_channels, kReducedChannels, 1));
  BatchNorm& norm = parent.child<BatchNorm>("1", kReducedChannels);
  return ConvUnit(conv, &norm, Activation::kNone);
}

void check_maps(const at::Tensor& maps, int64_t channels, int64_t side) {
  if (maps.dim() == 4 && maps.size(1) == channels && maps.size(2) == side && maps.size(3) == side) return;
  const std::string got = maps.dim() == 4 ? fmt::format("{}x{}x{}", maps.size(1), maps.size(2), maps.size(3))
                                          : fmt::format("of {} axes", maps.dim());
  throw DataError(
      "policy", fmt::format("takes maps of {0}x{1}x{1}, not {2}", channels, side, got),
      fmt::format("with MobileNetV2 the frames must have {} to {} pixels a side", 32 * (side - 1) + 1, 32 * side));
}

/// [N, C, H, W] after the reduction to rows in the type of what follows.
at::Tensor rows_of(const at::Tensor& reduced, const Linear& next) {
  return at::tanh(reduced.to(next.weight().scalar_type())).flatten(1);
}

}  // namespace

FramePolicy::FramePolicy(int64_t map_channels, int64_t map_side, int64_t hidden_features)
    : map_channels_(map_channels), map_side_(map_side) {
  Module& encoder = child<Module>("encoder");
  reduce_ = reduction(encoder, map_channels);
  linear_ = &encoder.child<Linear>("4", kReducedChannels * map_side * map_side, hidden_features);
  norm_ = &encoder.child<BatchNorm>("5", hidden_features);
  gru_ = &child<Gru>("gru", hidden_features, hidden_features);
  place_ = &child<Module>("fc").child<Linear>("0", hidden_features, int64_t{2});
}

at::Tensor FramePolicy::encode(const at::Tensor& maps) {
  check_maps(maps, map_channels_, map_side_);
  return at::tanh((*norm_)((*linear_)(rows_of((*reduce_)(maps), *linear_))));
}

at::Tensor FramePolicy::states(const at::Tensor& encoded, int64_t segments) {
  if (segments < 1 || encoded.size(0) % segments != 0)
    throw DataError("policy", fmt::format("{} frames are no multiple of {} a video", encoded.size(0), segments));
  return (*gru_)(encoded.view({encoded.size(0) / segments, segments, encoded.size(1)}));
}

at::Tensor FramePolicy::actions(const at::Tensor& states) { return at::sigmoid((*place_)(states.flatten(0, 1))); }

at::Tensor FramePolicy::operator()(const at::Tensor& maps, int64_t segments) {
  const Running running(*this);
  return actions(states(encode(maps), segments));
}

at::Tensor FramePolicy::step(const at::Tensor& maps, at::Tensor& state) {
  const Running running(*this);
  state = gru_->step(encode(maps), state);
  return actions(state.unsqueeze(1));
}

ClipPolicy::ClipPolicy(int64_t map_channels, int64_t map_side) : map_channels_(map_channels), map_side_(map_side) {
  reduce_ = reduction(*this, map_channels);
  wide_ = &child<Linear>("4", kReducedChannels * map_side * map_side, kWide);
  wide_norm_ = &child<BatchNorm>("5", kWide);
  narrow_ = &child<Linear>("7", kWide, kNarrow);
  narrow_norm_ = &child<BatchNorm>("8", kNarrow);
  place_ = &child<Linear>("10", kNarrow, int64_t{2});
}

at::Tensor ClipPolicy::operator()(const at::Tensor& maps) {
  const Running running(*this);
  check_maps(maps, map_channels_, map_side_);
  const at::Tensor wide = at::tanh((*wide_norm_)((*wide_)(rows_of((*reduce_)(maps), *wide_))));
  const at::Tensor narrow = at::tanh((*narrow_norm_)((*narrow_)(wide)));
  return at::sigmoid((*place_)(narrow));
}

}  // namespace vs::nn
