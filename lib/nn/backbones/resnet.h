// Residual networks over images (with or without temporal shift) and over clips.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/nn/backbones/resnet_block.h"
#include "lib/nn/layers/pool.h"
#include "lib/nn/network.h"

namespace vs::nn {

/// Where TSM shifts: in the residual branch, or the whole block's input.
enum class ShiftPlace { kNone, kBlockResidual, kBlock };

/// A residual network. The defaults are ResNet-50 over images.
struct ResNetOptions {
  ResNetNames names = ResNetNames::kConvModule;
  int64_t depth = 50;  ///< 18, 34, 50, 101 or 152
  size_t axes = 2;     ///< 3: clips
  int64_t in_channels = 3;
  int64_t base_channels = 64;  ///< of the stem; each stage has twice the planes of the one before
  /// One element a stage, one to four stages.
  std::vector<int64_t> strides = {1, 2, 2, 2};
  std::vector<int64_t> time_strides = {1, 1, 1, 1};
  std::vector<int64_t> dilations = {1, 1, 1, 1};
  std::vector<int64_t> inflate = {0, 0, 0, 0};  ///< clips: stages whose blocks look at three frames
  bool inflate_middle = false;                  ///< see BlockOptions
  bool stride_first = false;                    ///< see BlockOptions
  /// Convolution and pooling of the stem; the time axis for clips only.
  int64_t stem_time = 1, stem_space = 7, stem_stride = 2, stem_time_stride = 1;
  bool pool = true;
  int64_t pool_stride = 2, pool_time_stride = 1;
  bool pool_time = false;  ///< clips: halves the time after the first stage
  /// Temporal shift, images only.
  ShiftPlace place = ShiftPlace::kNone;
  int64_t segments = 8, divisor = 8;
  bool temporal_pool = false;  ///< images: halves the segments before the second stage
  int64_t unused_classes = 0;  ///< entries fc.weight, fc.bias of torchvision's classifier, which features do not use
  bool average = false;        ///< ends with the mean over all positions: [N, C, 1, 1]
};

/// Maps [N, C, h, w] of images [N, 3, H, W], or [N, C, T, h, w] of clips.
///
/// With temporal shift, consecutive images are the segments of a clip; ResNet-101 and -152, those whose third stage has
/// 23 blocks or more, shift every second block of every stage. Throws UsageError for options that do not fit together,
/// DataError in forward for another number of axes or channels, or for images that are no multiple of `segments`.
/// Sources: He et al., CVPR 2016; Lin et al., "TSM", ICCV 2019; Feichtenhofer et al., "SlowFast networks", ICCV 2019
/// (its slow pathway).
class ResNet : public Backbone {
 public:
  /// place: what messages name, such as "model.backbone".
  explicit ResNet(ResNetOptions options, std::string place = "ResNet");
  std::string kind() const override { return options_.axes == 3 ? "ResNet3d" : "ResNet"; }
  int64_t out_channels() const override { return out_channels_; }
  const ResNetOptions& options() const { return options_; }
  /// What the stem, its pooling (if any) and every stage give, in this order.
  std::vector<at::Tensor> maps(const at::Tensor& x);

 protected:
  at::Tensor forward(const at::Tensor& x) override;
  void prepare_self(const InferenceOptions& options) override { stem_->prepare(options); }
  void unprepare_self() override { stem_->unprepare(); }

 private:
  void check() const;
  void add_stem(Module& owner);
  int64_t add_stage(Module& owner, size_t stage, int64_t in_channels);
  at::Tensor run(const at::Tensor& x, std::vector<at::Tensor>* maps);

  ResNetOptions options_;
  std::string place_;
  int64_t out_channels_ = 0;
  std::optional<ConvUnit> stem_;
  MaxPool* pool_ = nullptr;
  MaxPool* pool_time_ = nullptr;
  std::vector<Layer*> stages_;
};

/// Whether there is a ResNet of so many layers: 18, 34, 50, 101, 152.
bool is_resnet_depth(int64_t depth);

/// torchvision's ResNet-50 under its own names, fc included, as AdaFocusV2 uses it.
ResNetOptions torchvision_resnet50();

/// Keys of mmaction2's ResNet, ResNetTSM and ResNet3dSlowOnly, and of OCSampler's ResNet50; those of training are
/// passed by.
std::unique_ptr<Backbone> build_resnet(Config config);
std::unique_ptr<Backbone> build_resnet_tsm(Config config);
std::unique_ptr<Backbone> build_resnet_slow_only(Config config);
std::unique_ptr<Backbone> build_resnet50_sequence(Config config);

}  // namespace vs::nn
