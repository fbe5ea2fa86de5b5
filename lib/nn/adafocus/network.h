// AdaFocusV2 for untrimmed and short action videos (ActivityNet, FCVID, Mini-Kinetics): one patch of every frame.
// Source: Wang et al., "AdaFocus V2: End-to-End Training of Spatial Dynamic Networks for Video Recognition", CVPR 2022.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/nn/adafocus/patch_crop.h"
#include "lib/nn/adafocus/policy.h"
#include "lib/nn/adafocus/pooling_classifier.h"
#include "lib/nn/network.h"

namespace vs::nn {

/// What looks at whole frames.
enum class Glance {
  kMobileNetV2,  ///< at the frames as they are, 193 to 224 pixels a side
  kResNet,       ///< at the frames resized to 96 pixels
};

/// The defaults are the published networks; smaller ones are for small frames and little time.
struct AdaFocusOptions {
  Glance glance = Glance::kMobileNetV2;
  /// Frames are resized to this for the glance, pixels; 0: as published, see Glance.
  int64_t glance_size = 0;
  double glance_widen_factor = 1;                        ///< of MobileNetV2
  int64_t glance_depth = 50, glance_base_channels = 64;  ///< of the ResNet
  int64_t local_depth = 50, local_base_channels = 64;    ///< of the ResNet that sees the patches
  int64_t num_segments = 16;                             ///< frames of a video
  int64_t num_classes = 200;
  int64_t patch_size = 96;
  int64_t policy_features = 1024;      ///< width of the policy's recurrent state
  int64_t classifier_features = 4096;  ///< width of the hidden layer of the classifier over frames
  double dropout = 0.8;                ///< of the classifier over frames
  double fc_dropout = 0.8;             ///< of the two classifiers of single frames
  bool reorder = true;                 ///< logits() puts the frames from time order into coarse_to_fine_order()
};

/// What the glance gives for N frames.
struct GlanceResult {
  at::Tensor maps;      ///< [N, C, h, w]
  at::Tensor features;  ///< their means, [N, C]
  at::Tensor logits;    ///< [N, classes]
};

/// What the patches add.
struct FocusResult {
  at::Tensor features;      ///< of the patches, [N, C]; C = 2048 as published
  at::Tensor local_logits;  ///< of single patches, [N, classes]
  at::Tensor cat_logits;    ///< after every frame, from glance and patch, [N, classes]; rows are (video, frame)
  at::Tensor cat_pred;      ///< after the last frame, [videos, classes]
};

/// What is carried from one frame of a video to the next. A row a video; undefined before the first frame.
struct FrameState {
  at::Tensor policy, largest;
};

/// What the frames so far say, after one more.
struct FrameResult {
  at::Tensor logits;   ///< [videos, classes]
  at::Tensor actions;  ///< where it was looked, (y, x), [videos, 2]
};

/// The network in steps, so that training can run focus() twice. Frames: [videos * num_segments, 3, I, I], the frames
/// of a video in the order in which they are looked at.
class AdaFocus : public Recognizer {
 public:
  explicit AdaFocus(const AdaFocusOptions& options);
  std::string kind() const override { return "AdaFocusV2"; }
  const AdaFocusOptions& options() const { return options_; }

  /// imgs: [videos, num_segments, 3, I, I], in time order where `reorder` is set. Returns the frames as the steps below
  /// take them. Throws DataError for another number of frames.
  at::Tensor frames_of(const at::Tensor& imgs) const;
  GlanceResult glance(const at::Tensor& frames);
  /// Where to look: (y, x) in (0, 1), [N, 2]. In training the policy's gradient does not reach the maps.
  at::Tensor actions(const at::Tensor& maps);
  FocusResult focus(const at::Tensor& frames, const GlanceResult& glance, const at::Tensor& actions);
  /// The order of the frames of a video: coarse_to_fine_order() where `reorder` is set, else 0, 1, ...
  std::vector<int64_t> order() const;

  /// Glance and focus for one frame of each video, [videos, 3, I, I], the t-th that is looked at: after all frames the
  /// same as glance() and focus() of all at once, to rounding. `state` is carried on. actions: where to look;
  /// undefined: where the policy says, which does not run otherwise.
  FrameResult look(const at::Tensor& frames, int64_t t, FrameState& state, const at::Tensor& actions = {});

  /// imgs as frames_of() takes them. Returns cat_pred.
  at::Tensor logits(const at::Tensor& imgs) override;
  /// Features of glance and patch side by side, a row a frame, in the order in which they are looked at.
  at::Tensor pooled_features(const at::Tensor& imgs) override;

 private:
  AdaFocusOptions options_;
  int64_t glance_size_ = 0;  ///< 0: frames as they are
  Backbone *global_ = nullptr, *local_ = nullptr;
  Sequence *global_fc_ = nullptr, *local_fc_ = nullptr;
  FramePolicy* policy_ = nullptr;
  PatchCrop* crop_ = nullptr;
  PoolingClassifier* classifier_ = nullptr;
};

/// Keys: glance_arch (mbv2, res50), num_segments, num_classes, patch_size, stn_hidden_dim, dropout, fc_dropout, sample;
/// for networks other than the published ones glance_size, glance_widen_factor (mbv2 only), glance_depth and
/// glance_base_channels (res50 only), local_depth, local_base_channels, classifier_hidden_dim.
std::unique_ptr<Recognizer> build_adafocus(Config config);

}  // namespace vs::nn
