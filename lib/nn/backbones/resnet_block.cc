#include "lib/nn/backbones/resnet_block.h"

#include "lib/nn/layers/temporal_shift.h"

namespace vs::nn {
namespace {

constexpr int64_t kBottleneckExpansion = 4;

/// {space, space}, or {time, space, space} for clips.
Axes axes_of(const BlockOptions& options, int64_t time, int64_t space) {
  return options.axes == 3 ? Axes{time, space, space} : Axes{space, space};
}

/// Convolution over `time` frames and `space` x `space` pixels that keeps the size but for its stride.
ConvOptions conv_of(const BlockOptions& options, int64_t in_channels, int64_t out_channels, int64_t time,
                    int64_t space) {
  return {.in_channels = in_channels,
          .out_channels = out_channels,
          .kernel = axes_of(options, time, space),
          .stride = axes_of(options, 1, 1),
          .padding = axes_of(options, time / 2, space / 2),
          .dilation = axes_of(options, 1, 1),
          .bias = false};
}

void dilate(ConvOptions& conv, const BlockOptions& options) {
  conv.dilation = axes_of(options, 1, options.dilation);
  conv.padding.end()[-1] = conv.padding.end()[-2] = options.dilation;
}

std::vector<ConvOptions> convolutions(const BlockOptions& options) {
  const int64_t planes = options.planes;
  const int64_t first_time = options.inflate && !options.inflate_middle ? 3 : 1;
  const int64_t middle_time = options.inflate && options.inflate_middle ? 3 : 1;
  const Axes stride = axes_of(options, options.time_stride, options.stride);
  if (options.bottleneck) {
    std::vector<ConvOptions> list{conv_of(options, options.in_channels, planes, first_time, 1),
                                  conv_of(options, planes, planes, middle_time, 3),
                                  conv_of(options, planes, planes * kBottleneckExpansion, 1, 1)};
    list[options.stride_first ? 0 : 1].stride = stride;
    dilate(list[1], options);
    return list;
  }
  const int64_t time = options.inflate ? 3 : 1;
  std::vector<ConvOptions> list{conv_of(options, options.in_channels, planes, time, 3),
                                conv_of(options, planes, planes, time, 3)};
  list[0].stride = stride;
  dilate(list[0], options);
  return list;
}

ConvUnit add_shortcut(Module& owner, const BlockOptions& options) {
  ConvOptions conv = conv_of(options, options.in_channels, out_channels_of(options), 1, 1);
  conv.stride = axes_of(options, options.time_stride, options.stride);
  const bool by_words = options.names == ResNetNames::kConvModule;
  Module& group = owner.child<Module>("downsample");
  Conv& made = group.child<Conv>(by_words ? "conv" : "0", conv);
  BatchNorm& norm = group.child<BatchNorm>(by_words ? "bn" : "1", conv.out_channels);
  return {made, &norm, Activation::kNone};
}

}  // namespace

int64_t out_channels_of(const BlockOptions& options) {
  return options.bottleneck ? options.planes * kBottleneckExpansion : options.planes;
}

ConvUnit add_conv_and_norm(Module& owner, ResNetNames names, const std::string& number, const ConvOptions& options,
                           Activation activation, bool wrapped) {
  const bool grouped = names == ResNetNames::kConvModule;
  Module& group = grouped ? owner.child<Module>("conv" + number) : owner;
  const std::string name = grouped ? "conv" : "conv" + number;
  Conv& conv = wrapped ? group.child<Module>(name).child<Conv>("net", options) : group.child<Conv>(name, options);
  BatchNorm& norm = group.child<BatchNorm>(grouped ? "bn" : "bn" + number, options.out_channels);
  return {conv, &norm, activation};
}

ResidualBlock::ResidualBlock(const BlockOptions& options) : bottleneck_(options.bottleneck), shift_(options.shift) {
  const auto convs = convolutions(options);
  for (size_t i = 0; i < convs.size(); ++i) {
    // The last one's activation follows the addition, which a unit does in this order.
    units_.push_back(add_conv_and_norm(*this, options.names, std::to_string(i + 1), convs[i], Activation::kRelu,
                                       i == 0 && shift_.segments > 0));
  }
  const bool changes =
      options.stride != 1 || options.time_stride != 1 || options.in_channels != out_channels_of(options);
  if (changes) shortcut_ = add_shortcut(*this, options);
}

at::Tensor ResidualBlock::forward(const at::Tensor& x) {
  const at::Tensor shortcut = shortcut_ ? (*shortcut_)(x) : x;
  at::Tensor y = shift_.segments > 0 ? temporal_shift(x, shift_.segments, shift_.divisor) : x;
  for (size_t i = 0; i + 1 < units_.size(); ++i) y = units_[i](y);
  return units_.back()(y, shortcut);
}

void ResidualBlock::prepare_self(const InferenceOptions& options) {
  for (ConvUnit& unit : units_) unit.prepare(options);
  if (shortcut_) shortcut_->prepare(options);
}

void ResidualBlock::unprepare_self() {
  for (ConvUnit& unit : units_) unit.unprepare();
  if (shortcut_) shortcut_->unprepare();
}

}  // namespace vs::nn
