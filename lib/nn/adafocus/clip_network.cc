#include "lib/nn/adafocus/clip_network.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/backbones/mobilenet_v2.h"
#include "lib/nn/backbones/resnet.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/pool.h"

namespace vs::nn {
namespace {

/// Height and width of the glance's maps.
constexpr int64_t kMapSide = 7;

Backbone& add_base(Module& parent, const ShiftedBranchOptions& options) {
  if (options.base == ShiftedBranchOptions::Base::kMobileNetV2)
    return parent.child<MobileNetV2>("base_model", MobileNetV2Options{.names = MobileNetV2Names::kFeatures,
                                                                      .shift_segments = options.num_segments,
                                                                      .shift_divisor = options.shift_divisor});
  ResNetOptions resnet = torchvision_resnet50();
  resnet.unused_classes = 0;
  resnet.place = ShiftPlace::kBlockResidual;
  resnet.segments = options.num_segments;
  resnet.divisor = options.shift_divisor;
  return parent.child<ResNet>("base_model", resnet);
}

ShiftedBranchOptions branch(const AdaFocusClipOptions& options, ShiftedBranchOptions::Base base, int64_t segments) {
  return {.base = base,
          .num_segments = segments,
          .num_classes = options.num_classes,
          .shift_divisor = options.shift_divisor,
          .dropout = options.dropout};
}

}  // namespace

ShiftedBranch::ShiftedBranch(const ShiftedBranchOptions& options) : num_segments_(options.num_segments) {
  base_ = &add_base(*this, options);
  dropout_ = &child<Dropout>("dropout", options.dropout);
  fc_ = &child<Linear>("new_fc", base_->out_channels(), options.num_classes);
  reg_fc_ = &child<Linear>("new_new_fc", base_->out_channels(), options.num_classes);
}

ShiftedBranchResult ShiftedBranch::operator()(const at::Tensor& frames) {
  const Running running(*this);
  if (frames.size(0) % num_segments_ != 0)
    throw DataError("AdaFocusV2", fmt::format("{} frames are no multiple of {} a clip", frames.size(0), num_segments_));
  const int64_t clips = frames.size(0) / num_segments_;
  const at::Tensor maps = (*base_)(frames);
  const at::Tensor features = (*dropout_)(mean_of_positions(maps, fc_->weight().scalar_type()));
  const auto mean_of_frames = [&](const at::Tensor& scores) { return scores.view({clips, num_segments_, -1}).mean(1); };
  return {.logits = mean_of_frames((*fc_)(features.detach())),
          .reg_logits = mean_of_frames((*reg_fc_)(features)),
          .maps = maps.reshape({clips, map_channels(), maps.size(2), maps.size(3)})};
}

at::Tensor ShiftedBranch::pooled_features(const at::Tensor& frames) {
  return mean_of_positions((*base_)(frames), fc_->weight().scalar_type());
}

AdaFocusClip::AdaFocusClip(const AdaFocusClipOptions& options) : options_(options) {
  using Base = ShiftedBranchOptions::Base;
  global_ = &child<ShiftedBranch>("global_CNN", branch(options, Base::kMobileNetV2, options.num_segments));
  local_ = &child<ShiftedBranch>("local_CNN", branch(options, Base::kResNet50, options.focus_segments()));
  policy_ = &child<ClipPolicy>("policy_stn", global_->map_channels(), kMapSide);
  crop_ = &child<PatchCrop>("crop", options.patch_size);
}

at::Tensor AdaFocusClip::patches(const at::Tensor& frames, const at::Tensor& actions) {
  // The frames of a clip as its channels: one place for all.
  const int64_t clips = frames.size(0) / options_.focus_segments();
  const at::Tensor images = frames.reshape({clips, -1, frames.size(2), frames.size(3)});
  const at::Tensor cut = (*crop_)(images, actions);
  return cut.reshape({frames.size(0), frames.size(1), options_.patch_size, options_.patch_size});
}

ShiftedBranchResult AdaFocusClip::focus(const at::Tensor& frames, const at::Tensor& actions) {
  return (*local_)(patches(frames, actions));
}

AdaFocusClip::Clips AdaFocusClip::split(const at::Tensor& imgs) const {
  const int64_t glance = options_.num_segments, focus = options_.focus_segments();
  if (imgs.dim() != 5 || imgs.size(1) != glance + focus)
    throw DataError("AdaFocusV2", fmt::format("takes [clips, {} + {}, 3, H, W], not a tensor of {} axes with {} frames",
                                              glance, focus, imgs.dim(), imgs.dim() > 1 ? imgs.size(1) : 0));
  return {imgs.slice(1, 0, glance).flatten(0, 1), imgs.slice(1, glance).flatten(0, 1)};
}

at::Tensor AdaFocusClip::logits(const at::Tensor& imgs) {
  const Running running(*this);
  const Clips clips = split(imgs);
  const ShiftedBranchResult seen = glance(clips.glance);
  return seen.logits + focus(clips.focus, actions(seen.maps)).logits;
}

at::Tensor AdaFocusClip::pooled_features(const at::Tensor& imgs) {
  const Clips clips = split(imgs);
  return local_->pooled_features(patches(clips.focus, actions(glance(clips.glance).maps)));
}

std::unique_ptr<Recognizer> build_adafocus_clip(Config config) {
  config.pass({"type", "init_cfg"});
  AdaFocusClipOptions options;
  options.num_segments = config.integer_or("num_segments", options.num_segments, 1, 1 << 12);
  options.num_classes = config.integer("num_classes", 1, 1 << 20);
  options.patch_size = config.integer_or("patch_size", options.patch_size, 1, 1 << 12);
  options.shift_divisor = config.integer_or("shift_div", options.shift_divisor, 2, 1 << 16);
  options.dropout = config.number_or("dropout", options.dropout, 0, 0.999);
  config.finish();
  return std::make_unique<AdaFocusClip>(options);
}

}  // namespace vs::nn
