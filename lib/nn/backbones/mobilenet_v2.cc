#include "lib/nn/backbones/mobilenet_v2.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/temporal_shift.h"

namespace vs::nn {
namespace {

/// A row of the paper's table 2: blocks of equal channels, of which the first may have a stride.
struct Stage {
  int64_t expansion, channels, blocks, stride;
};
constexpr std::array<Stage, 7> kStages{
    {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}}};
constexpr int64_t kImageChannels = 3;
constexpr int64_t kFirstChannels = 32;
constexpr int64_t kLastChannels = 1280;

ConvUnit named_unit(Module& conv_parent, const std::string& conv_name, Module& norm_parent,
                    const std::string& norm_name, const ConvOptions& options, Activation activation) {
  Conv& conv = conv_parent.child<Conv>(conv_name, options);
  BatchNorm& norm = norm_parent.child<BatchNorm>(norm_name, options.out_channels);
  return ConvUnit(conv, &norm, activation);
}

ConvOptions depthwise(int64_t channels, int64_t stride) {
  ConvOptions options = square_conv(channels, channels, 3, stride, 1);
  options.groups = channels;
  return options;
}

MobileNetV2Options read_options(Config& config) {
  config.pass({"type", "pretrained", "pretrained2d", "init_cfg", "frozen_stages", "norm_eval", "with_cp", "freeze_all",
               "init_std"});
  MobileNetV2Options options;
  options.widen_factor = config.number_or("widen_factor", 1, 0.01, 100);
  return options;
}

}  // namespace

int64_t rounded_channels(double channels) {
  constexpr int64_t kStep = 8;
  const int64_t nearest = std::max(kStep, static_cast<int64_t>(channels + kStep / 2.0) / kStep * kStep);
  return static_cast<double>(nearest) < 0.9 * channels ? nearest + kStep : nearest;
}

InvertedResidual::InvertedResidual(int64_t in_channels, int64_t out_channels, int64_t stride, int64_t expansion,
                                   const InvertedResidualOptions& options)
    : residual_(stride == 1 && in_channels == out_channels),
      shift_segments_(residual_ && expansion > 1 ? options.shift_segments : 0),
      shift_divisor_(options.shift_divisor) {
  Module& steps = child<Module>("conv");
  const auto add = [&](const ConvOptions& conv, Activation activation) {
    const bool shifted = shift_segments_ > 0 && units_.empty();
    if (options.names == MobileNetV2Names::kLayers) {
      Module& numbered = steps.child<Module>(std::to_string(units_.size()));
      Module& step = shifted ? numbered.child<Module>("net") : numbered;
      units_.push_back(named_unit(step, "conv", step, "bn", conv, activation));
    } else {
      // Numbers count the activations too: convolution, normalisation, activation.
      const std::string number = std::to_string(3 * units_.size());
      Module& parent = shifted ? steps.child<Module>(number) : steps;
      units_.push_back(
          named_unit(parent, shifted ? "net" : number, steps, std::to_string(3 * units_.size() + 1), conv, activation));
    }
  };
  const int64_t hidden = in_channels * expansion;
  if (expansion > 1) add(square_conv(in_channels, hidden, 1), Activation::kRelu6);
  add(depthwise(hidden, stride), Activation::kRelu6);
  add(square_conv(hidden, out_channels, 1), Activation::kNone);
}

at::Tensor InvertedResidual::forward(const at::Tensor& x) {
  at::Tensor y = shift_segments_ > 0 ? temporal_shift(x, shift_segments_, shift_divisor_) : x;
  for (size_t i = 0; i + 1 < units_.size(); ++i) y = units_[i](y);
  return residual_ ? units_.back()(y, x) : units_.back()(y);
}

void InvertedResidual::prepare_self(const InferenceOptions& options) {
  for (ConvUnit& unit : units_) unit.prepare(options);
}

void InvertedResidual::unprepare_self() {
  for (ConvUnit& unit : units_) unit.unprepare();
}

MobileNetV2::MobileNetV2(const MobileNetV2Options& options) {
  const double widen = options.widen_factor;
  const bool layers = options.names == MobileNetV2Names::kLayers;
  out_channels_ = widen > 1 ? static_cast<int64_t>(kLastChannels * widen) : kLastChannels;
  if (!layers && widen > 1) out_channels_ = rounded_channels(kLastChannels * widen);

  Module* features = layers ? nullptr : &child<Module>("features");
  int64_t number = 0;
  const auto add_end = [&](const char* name, const ConvOptions& conv) {
    Module& parent = layers ? child<Module>(name) : features->child<Module>(std::to_string(number++));
    ends_.push_back(named_unit(parent, layers ? "conv" : "0", parent, layers ? "bn" : "1", conv, Activation::kRelu6));
  };
  int64_t channels = rounded_channels(kFirstChannels * widen);
  add_end("conv1", square_conv(kImageChannels, channels, 3, 2, 1));
  const InvertedResidualOptions block{options.names, options.shift_segments, options.shift_divisor};
  for (size_t s = 0; s < kStages.size(); ++s) {
    const Stage& stage = kStages[s];
    const int64_t wanted = rounded_channels(static_cast<double>(stage.channels) * widen);
    Module& parent = layers ? child<Module>("layer" + std::to_string(s + 1)) : *features;
    for (int64_t b = 0; b < stage.blocks; ++b) {
      blocks_.push_back(&parent.child<InvertedResidual>(std::to_string(layers ? b : number++), channels, wanted,
                                                        b == 0 ? stage.stride : 1, stage.expansion, block));
      channels = wanted;
    }
  }
  add_end("conv2", square_conv(channels, out_channels_, 1));
  if (options.unused_classes > 0) child<Linear>("classifier", out_channels_, options.unused_classes);
}

at::Tensor MobileNetV2::forward(const at::Tensor& x) {
  if (x.dim() != 4 || x.size(1) != kImageChannels)
    throw DataError("MobileNetV2", fmt::format("takes [N, {}, H, W], not a tensor of {} axes with {} channels",
                                               kImageChannels, x.dim(), x.dim() > 1 ? x.size(1) : 0));
  at::Tensor y = ends_.front()(x);
  for (InvertedResidual* block : blocks_) y = (*block)(y);
  return ends_.back()(y);
}

void MobileNetV2::prepare_self(const InferenceOptions& options) {
  for (ConvUnit& unit : ends_) unit.prepare(options);
}

void MobileNetV2::unprepare_self() {
  for (ConvUnit& unit : ends_) unit.unprepare();
}

std::unique_ptr<Backbone> build_mobilenet_v2(Config config) {
  const MobileNetV2Options options = read_options(config);
  config.finish();
  return std::make_unique<MobileNetV2>(options);
}

MobileNetV2Options read_mobilenet_v2_tsm(Config& config) {
  MobileNetV2Options options = read_options(config);
  const int64_t segments = config.integer_or("num_segments", 8, 1, kMostSegments);
  options.shift_divisor = config.integer_or("shift_div", 8, 2, kMostSegments);
  options.shift_segments = config.flag_or("is_shift", true) ? segments : 0;
  return options;
}

std::unique_ptr<Backbone> build_mobilenet_v2_tsm(Config config) {
  const MobileNetV2Options options = read_mobilenet_v2_tsm(config);
  config.pass({"total_segments"});
  if (config.flag_or("is_sampler", false))
    throw UsageError(config.place_of("is_sampler"), "a backbone gives maps, not probabilities",
                     "leave it out, or describe the network as a sampler");
  config.finish();
  return std::make_unique<MobileNetV2>(options);
}

}  // namespace vs::nn
