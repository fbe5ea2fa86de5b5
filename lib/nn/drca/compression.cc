#include "lib/nn/drca/compression.h"

#include <stdexcept>

#include "lib/nn/drca/compression_modules.h"
#include "lib/nn/drca/layout.h"

namespace vs::nn::drca {
namespace {

/// A layer of a sequence that the network's owner runs as a unit.
ConvUnit add_unit(Sequence& layers, const ConvOptions& options, Activation activation = Activation::kNone) {
  Conv& conv = layers.add<Conv>(options);
  return ConvUnit(conv, &layers.add<BatchNorm>(options.out_channels), activation);
}

ConvOptions volume_conv(int64_t in_channels, int64_t out_channels, Axes kernel, Axes stride, Axes padding) {
  return {.in_channels = in_channels,
          .out_channels = out_channels,
          .kernel = std::move(kernel),
          .stride = std::move(stride),
          .padding = std::move(padding),
          .bias = false};
}

}  // namespace

void ConvCompression::prepare_self(const InferenceOptions& options) {
  for (ConvUnit& unit : units_) unit.prepare(options);
}

void ConvCompression::unprepare_self() {
  for (ConvUnit& unit : units_) unit.unprepare();
}

at::Tensor ConvCompression::run(const at::Tensor& x) {
  at::Tensor y = x;
  for (ConvUnit& unit : units_) y = unit(y);
  return y;
}

ConvCompression2d::ConvCompression2d(int64_t channels) {
  Sequence& layers = child<Sequence>("downsample");
  units_.push_back(add_unit(layers, square_conv(channels, channels, 3, 2, 1, /*bias=*/true)));
  units_.push_back(add_unit(layers, square_conv(channels, channels, 3, 1, 1, /*bias=*/true)));
}
at::Tensor ConvCompression2d::forward(const at::Tensor& x, const at::Tensor&) {
  return clips_of_images(run(images_of_clips(x)), x.size(0));
}

ConvCompression3d::ConvCompression3d(int64_t channels) {
  Sequence& layers = child<Sequence>("reduce");
  units_.push_back(add_unit(layers, volume_conv(channels, 2 * channels, {3, 3, 3}, {1, 2, 2}, {1, 1, 1})));
  units_.push_back(add_unit(layers, volume_conv(2 * channels, channels, {1, 1, 1}, {}, {})));
}
at::Tensor ConvCompression3d::forward(const at::Tensor& x, const at::Tensor&) {
  return run(training() ? x.contiguous() : x);
}

PatchMerge::PatchMerge(int64_t channels) {
  Sequence& layers = child<Sequence>("in_conv");
  units_.push_back(add_unit(layers, volume_conv(channels, channels, {1, 1, 1}, {}, {})));
  units_.push_back(add_unit(layers, volume_conv(channels, channels, {3, 1, 1}, {}, {1, 0, 0})));
  units_.push_back(add_unit(layers, volume_conv(channels, channels, {1, 1, 1}, {}, {})));
  reduction_ = &child<Linear>("reduction", 4 * channels, channels, /*bias=*/false);
  norm_ = &child<LayerNorm>("norm", 4 * channels);
}
at::Tensor PatchMerge::forward(const at::Tensor& x, const at::Tensor&) {
  const at::Tensor mixed = run(training() ? x.contiguous() : x).permute({0, 2, 3, 4, 1});
  const at::Tensor even = mixed.size(2) % 2 == 0 && mixed.size(3) % 2 == 0
                              ? mixed
                              : at::constant_pad_nd(mixed, {0, 0, 0, mixed.size(3) % 2, 0, mixed.size(2) % 2});
  const auto corner = [&](int64_t row, int64_t column) {
    return even.slice(2, row, std::nullopt, 2).slice(3, column, std::nullopt, 2);
  };
  const at::Tensor merged = at::cat({corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)}, -1);
  return (*reduction_)((*norm_)(merged.to(x.scalar_type()))).permute({0, 4, 1, 2, 3});
}

ResBlock::ResBlock(int64_t channels, int64_t axes) : axes_(axes) {
  const int64_t wide = 2 * channels;
  const bool volume = axes == 3;
  Module& block = child<Module>("bottle_neck");
  const auto add = [&](const std::string& number, const ConvOptions& options, Activation activation) {
    Conv& conv = block.child<Conv>("conv" + number, options);
    units_.emplace_back(conv, &block.child<BatchNorm>("bn" + number, options.out_channels), activation);
  };
  const auto point = [&](int64_t in, int64_t out) {
    return volume ? volume_conv(in, out, {1, 1, 1}, {}, {}) : square_conv(in, out, 1);
  };
  const auto halving = [&](int64_t in, int64_t out) {
    return volume ? volume_conv(in, out, {3, 3, 3}, {1, 2, 2}, {1, 1, 1}) : square_conv(in, out, 3, 2, 1);
  };
  add("1", point(channels, wide), Activation::kRelu);
  add("2", halving(wide, wide), Activation::kRelu);
  add("3", point(wide, channels), Activation::kRelu);
  Sequence& shortcut = block.child<Sequence>("downsample");
  units_.push_back(add_unit(shortcut, volume ? halving(channels, channels) : square_conv(channels, channels, 1, 2)));
}
at::Tensor ResBlock::forward(const at::Tensor& x, const at::Tensor&) {
  const at::Tensor in = axes_ == 3 ? (training() ? x.contiguous() : x) : images_of_clips(x);
  const at::Tensor out = units_[2](units_[1](units_[0](in)), units_[3](in));
  return axes_ == 3 ? out : clips_of_images(out, x.size(0));
}

Compression& name_compression(Module& owner, const std::string& name, CompressionKind kind, int64_t channels) {
  switch (kind) {
    case CompressionKind::kSaliencyReference:
      return owner.child<SaliencyReference>(name, channels);
    case CompressionKind::kConv2d:
      return owner.child<ConvCompression2d>(name, channels);
    case CompressionKind::kConv3d:
      return owner.child<ConvCompression3d>(name, channels);
    case CompressionKind::kPatchMerge:
      return owner.child<PatchMerge>(name, channels);
    case CompressionKind::kResBlock2d:
      return owner.child<ResBlock>(name, channels, 2);
    case CompressionKind::kResBlock3d:
      return owner.child<ResBlock>(name, channels, 3);
  }
  throw std::logic_error("no such compression");
}

}  // namespace vs::nn::drca
