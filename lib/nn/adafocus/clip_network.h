// AdaFocusV2 for videos of temporal relations (Something-Something, Jester): one patch for all frames of a clip.
// Source: Wang et al., "AdaFocus V2", CVPR 2022; its branches are those of TSM (Lin et al., ICCV 2019).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/nn/adafocus/patch_crop.h"
#include "lib/nn/adafocus/policy.h"
#include "lib/nn/layers/drop.h"
#include "lib/nn/network.h"

namespace vs::nn {

class Linear;

struct ShiftedBranchOptions {
  enum class Base { kMobileNetV2, kResNet50 };
  Base base = Base::kResNet50;
  int64_t num_segments = 8;
  int64_t num_classes = 174;
  int64_t shift_divisor = 8;
  double dropout = 0.5;
};

struct ShiftedBranchResult {
  at::Tensor logits;      ///< of new_fc, mean over the frames, [clips, classes]
  at::Tensor reg_logits;  ///< of new_new_fc
  at::Tensor maps;        ///< [clips, frames * C, h, w]
};

/// A temporally shifted backbone with two linear classifiers. The backbone learns from the second, `new_new_fc`, alone:
/// the first sees its features without gradient.
class ShiftedBranch : public Module {
 public:
  explicit ShiftedBranch(const ShiftedBranchOptions& options);
  std::string kind() const override { return "ShiftedBranch"; }
  int64_t map_channels() const { return base_->out_channels() * num_segments_; }
  /// frames: [clips * num_segments, 3, H, W] in time order.
  ShiftedBranchResult operator()(const at::Tensor& frames);
  /// Mean of each frame's map, [clips * num_segments, C].
  at::Tensor pooled_features(const at::Tensor& frames);

 private:
  int64_t num_segments_;
  Backbone* base_ = nullptr;
  Dropout* dropout_ = nullptr;
  Linear *fc_ = nullptr, *reg_fc_ = nullptr;
};

struct AdaFocusClipOptions {
  int64_t num_segments = 8;  ///< glance frames; num_segments * 3 / 2 frames are looked at closely
  int64_t num_classes = 174;
  int64_t patch_size = 144;
  int64_t shift_divisor = 8;
  double dropout = 0.5;
  int64_t focus_segments() const { return num_segments * 3 / 2; }
};

class AdaFocusClip : public Recognizer {
 public:
  explicit AdaFocusClip(const AdaFocusClipOptions& options);
  std::string kind() const override { return "AdaFocusV2Clip"; }
  const AdaFocusClipOptions& options() const { return options_; }

  /// frames: [clips * num_segments, 3, I, I], 193 to 224 pixels a side.
  ShiftedBranchResult glance(const at::Tensor& frames) { return (*global_)(frames); }
  /// Where to look: (y, x) in (0, 1), [clips, 2]. The policy's gradient never reaches the maps.
  at::Tensor actions(const at::Tensor& maps) { return (*policy_)(maps.detach()); }
  /// frames: [clips * focus_segments(), 3, I, I]. All frames of a clip are cut alike.
  ShiftedBranchResult focus(const at::Tensor& frames, const at::Tensor& actions);

  /// imgs: [clips, num_segments + focus_segments(), 3, I, I], first the glance's frames, each part in time order.
  /// Returns the sum of both branches' logits.
  at::Tensor logits(const at::Tensor& imgs) override;
  /// Of the patches, a row a frame.
  at::Tensor pooled_features(const at::Tensor& imgs) override;

 private:
  struct Clips {
    at::Tensor glance, focus;
  };
  Clips split(const at::Tensor& imgs) const;
  at::Tensor patches(const at::Tensor& frames, const at::Tensor& actions);

  AdaFocusClipOptions options_;
  ShiftedBranch *global_ = nullptr, *local_ = nullptr;
  ClipPolicy* policy_ = nullptr;
  PatchCrop* crop_ = nullptr;
};

/// Keys: num_segments, num_classes, patch_size, shift_div, dropout.
std::unique_ptr<Recognizer> build_adafocus_clip(Config config);

}  // namespace vs::nn
