// Residual blocks of images and clips, under the names of any of the references.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/conv_unit.h"
#include "lib/nn/module.h"

namespace vs::nn {

/// How a reference names the parts of a residual network.
enum class ResNetNames {
  kConvModule,   ///< mmaction2: conv1.conv, conv1.bn, layer1.0.downsample.conv, layer1.0.downsample.bn
  kTorchvision,  ///< torchvision: conv1, bn1, layer1.0.downsample.0, layer1.0.downsample.1
  kSequence,     ///< torchvision's children by number: model.0, model.1, model.4.0.conv1 (FrameExit, OCSampler)
};

/// The temporal shift in front of a block's first convolution. No segments: none.
struct BlockShift {
  int64_t segments = 0;  ///< images of a clip
  int64_t divisor = 8;   ///< the part of the channels that moves each way
};

/// One residual block. Sizes are those of the whole network's description.
struct BlockOptions {
  ResNetNames names = ResNetNames::kConvModule;
  bool bottleneck = true;  ///< 1x1, 3x3, 1x1 with four times `planes` out; else twice 3x3
  size_t axes = 2;         ///< 3: clips
  int64_t in_channels = 64;
  int64_t planes = 64;
  int64_t stride = 1;           ///< over height and width
  int64_t time_stride = 1;      ///< clips only
  int64_t dilation = 1;         ///< of the 3x3 of a bottleneck, the first 3x3 of a basic block
  bool stride_first = false;    ///< the stride is in a bottleneck's first convolution ("caffe"), not in its 3x3
  bool inflate = false;         ///< clips: the kernel of the first convolution (basic: of both) covers three frames
  bool inflate_middle = false;  ///< with `inflate`: a bottleneck's 3x3 covers three frames instead ("3x3x3")
  BlockShift shift = {};
};

/// Channels that a block gives.
int64_t out_channels_of(const BlockOptions& options);

/// Names a convolution and its normalisation in `owner`, as number `number` of the block or stem. `wrapped`: the
/// convolution lies under "net", as within a temporal shift.
ConvUnit add_conv_and_norm(Module& owner, ResNetNames names, const std::string& number, const ConvOptions& options,
                           Activation activation, bool wrapped = false);

/// activation(convolutions(x) + shortcut(x)); the shortcut is x itself, or a 1x1 convolution where shapes change.
/// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, figure 5; the shift in the
/// residual branch: Lin, Gan, Han, "TSM", ICCV 2019, section 4.
class ResidualBlock : public Layer {
 public:
  explicit ResidualBlock(const BlockOptions& options);
  std::string kind() const override { return bottleneck_ ? "Bottleneck" : "BasicBlock"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;

 private:
  bool bottleneck_;
  BlockShift shift_;
  std::vector<ConvUnit> units_;
  std::optional<ConvUnit> shortcut_;
};

}  // namespace vs::nn
