// MobileNetV2 (Sandler et al., CVPR 2018), with or without temporal shift, under the names of three published
// implementations.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/nn/layers/conv_unit.h"
#include "lib/nn/network.h"

namespace vs::nn {

class Config;
class Linear;

enum class MobileNetV2Names {
  kLayers,    ///< mmaction2: conv1.conv, layer2.0.conv.1.bn, conv2.bn
  kFeatures,  ///< AdaFocusV2: features.0.0, features.2.conv.4, features.18.1
};

struct MobileNetV2Options {
  MobileNetV2Names names = MobileNetV2Names::kLayers;
  double widen_factor = 1;  ///< times the channels, rounded to multiples of 8
  /// Frames of a clip for the temporal shift; 0: none. A shifted block's expanding convolution is named one `net`
  /// deeper.
  int64_t shift_segments = 0;
  int64_t shift_divisor = 8;
  /// Width of a linear layer that checkpoints hold and nothing uses, `classifier`; 0: none.
  int64_t unused_classes = 0;
};

/// `channels` rounded to the nearest multiple of 8, at least 8, one more step up where that loses over 10 %.
/// Source: mmcv's make_divisible.
int64_t rounded_channels(double channels);

/// What all blocks of a network share.
struct InvertedResidualOptions {
  MobileNetV2Names names;
  int64_t shift_segments, shift_divisor;
};

/// Expansion 1x1 (none where it is by 1), depthwise 3x3, projection 1x1. The input is added where stride is 1 and the
/// number of channels stays; where besides there is an expansion, that one sees the temporally shifted input.
class InvertedResidual : public Layer {
 public:
  InvertedResidual(int64_t in_channels, int64_t out_channels, int64_t stride, int64_t expansion,
                   const InvertedResidualOptions& options);
  std::string kind() const override { return "InvertedResidual"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;

 private:
  bool residual_;
  int64_t shift_segments_, shift_divisor_;
  std::vector<ConvUnit> units_;
};

/// Images [N, 3, H, W] to maps [N, C, ceil(H / 32), ceil(W / 32)]; with temporal shift N is a multiple of
/// shift_segments, the frames of a clip consecutive, in time order.
class MobileNetV2 : public Backbone {
 public:
  explicit MobileNetV2(const MobileNetV2Options& options);
  std::string kind() const override { return "MobileNetV2"; }
  int64_t out_channels() const override { return out_channels_; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;

 private:
  int64_t out_channels_;
  std::vector<ConvUnit> ends_;  ///< first and last
  std::vector<InvertedResidual*> blocks_;
};

constexpr int64_t kMostSegments = int64_t{1} << 20;
/// What a "MobileNetV2TSM" states, of a sampler or not: widen_factor, num_segments, is_shift, shift_div. The caller
/// reads what is its own and finishes the configuration.
MobileNetV2Options read_mobilenet_v2_tsm(Config& config);
/// Keys: widen_factor.
std::unique_ptr<Backbone> build_mobilenet_v2(Config config);
/// Keys: widen_factor, num_segments, is_shift, shift_div.
std::unique_ptr<Backbone> build_mobilenet_v2_tsm(Config config);

}  // namespace vs::nn
