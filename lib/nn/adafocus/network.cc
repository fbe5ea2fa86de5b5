#include "lib/nn/adafocus/network.h"

#include <fmt/format.h>

#include <numeric>

#include "lib/core/error.h"
#include "lib/nn/adafocus/frame_order.h"
#include "lib/nn/backbones/mobilenet_v2.h"
#include "lib/nn/backbones/resnet.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/drop.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/pool.h"

namespace vs::nn {
namespace {

/// Classes of ImageNet, whose classifiers the checkpoints still hold.
constexpr int64_t kUnusedClasses = 1000;
/// The ResNet's glance sees frames of this size.
constexpr int64_t kGlanceSize = 96;
/// Height and width of the glance's maps.
constexpr int64_t kMobileNetSide = 7, kResNetSide = 3;

Backbone& add_glance(Module& parent, Glance glance) {
  if (glance == Glance::kResNet50) return parent.child<ResNet>("global_CNN", torchvision_resnet50());
  return parent.child<MobileNetV2>(
      "global_CNN",
      MobileNetV2Options{.names = MobileNetV2Names::kFeatures, .shift_segments = 0, .unused_classes = kUnusedClasses});
}

Sequence& add_classifier(Module& parent, const char* name, int64_t features, const AdaFocusOptions& options) {
  Sequence& classifier = parent.child<Sequence>(name);
  classifier.add<Dropout>(options.fc_dropout);
  classifier.add<Linear>(features, options.num_classes);
  return classifier;
}

}  // namespace

AdaFocus::AdaFocus(const AdaFocusOptions& options) : options_(options) {
  global_ = &add_glance(*this, options.glance);
  global_fc_ = &add_classifier(*this, "global_CNN_fc", global_->out_channels(), options);
  local_ = &child<ResNet>("local_CNN", torchvision_resnet50());
  local_fc_ = &add_classifier(*this, "local_CNN_fc", local_->out_channels(), options);
  policy_ = &child<FramePolicy>("policy_stn", global_->out_channels(),
                                options.glance == Glance::kMobileNetV2 ? kMobileNetSide : kResNetSide,
                                options.policy_features);
  crop_ = &child<PatchCrop>("crop", options.patch_size);
  classifier_ = &child<PoolingClassifier>(
      "classifier", PoolingClassifierOptions{.in_features = global_->out_channels() + local_->out_channels(),
                                             .num_segments = options.num_segments,
                                             .num_classes = options.num_classes,
                                             .dropout = options.dropout});
}

GlanceResult AdaFocus::glance(const at::Tensor& frames) {
  GlanceResult result;
  result.maps = (*global_)(options_.glance == Glance::kMobileNetV2
                               ? frames
                               : at::upsample_bilinear2d(frames, {kGlanceSize, kGlanceSize}, true));
  result.features = mean_of_positions(result.maps, frames.scalar_type());
  result.logits = (*global_fc_)(result.features);
  return result;
}

at::Tensor AdaFocus::actions(const at::Tensor& maps) {
  return (*policy_)(training() ? maps.detach() : maps, options_.num_segments);
}

FocusResult AdaFocus::focus(const at::Tensor& frames, const GlanceResult& glance, const at::Tensor& actions) {
  FocusResult result;
  result.features = mean_of_positions((*local_)((*crop_)(frames, actions)), frames.scalar_type());
  result.local_logits = (*local_fc_)(result.features);
  const Running running(*classifier_);
  const at::Tensor scores = classifier_->after_every_frame(at::cat({glance.features, result.features}, 1));
  result.cat_logits = scores.flatten(0, 1);
  result.cat_pred = scores.select(1, options_.num_segments - 1);
  return result;
}

FrameResult AdaFocus::look(const at::Tensor& frames, int64_t t, FrameState& state, const at::Tensor& actions) {
  const GlanceResult seen = glance(frames);
  const at::Tensor where = actions.defined() ? actions : policy_->step(seen.maps, state.policy);
  const at::Tensor local = mean_of_positions((*local_)((*crop_)(frames, where)), frames.scalar_type());
  return {classifier_->after_frame(at::cat({seen.features, local}, 1), t, state.largest), where};
}

std::vector<int64_t> AdaFocus::order() const {
  if (options_.reorder) return coarse_to_fine_order(options_.num_segments);
  std::vector<int64_t> order(static_cast<size_t>(options_.num_segments));
  std::iota(order.begin(), order.end(), int64_t{0});
  return order;
}

at::Tensor AdaFocus::frames_of(const at::Tensor& imgs) const {
  if (imgs.dim() != 5 || imgs.size(1) != options_.num_segments)
    throw DataError("AdaFocusV2", fmt::format("takes [videos, {}, 3, H, W], not a tensor of {} axes with {} frames",
                                              options_.num_segments, imgs.dim(), imgs.dim() > 1 ? imgs.size(1) : 0));
  if (!options_.reorder) return imgs.flatten(0, 1);
  std::vector<at::Tensor> frames;
  for (const int64_t frame : coarse_to_fine_order(options_.num_segments)) frames.push_back(imgs.select(1, frame));
  return at::stack(frames, 1).flatten(0, 1);
}

at::Tensor AdaFocus::logits(const at::Tensor& imgs) {
  const Running running(*this);
  const at::Tensor frames = frames_of(imgs);
  const GlanceResult seen = glance(frames);
  return focus(frames, seen, actions(seen.maps)).cat_pred;
}

at::Tensor AdaFocus::pooled_features(const at::Tensor& imgs) {
  const at::Tensor frames = frames_of(imgs);
  const GlanceResult seen = glance(frames);
  return at::cat({seen.features, focus(frames, seen, actions(seen.maps)).features}, 1);
}

std::unique_ptr<Recognizer> build_adafocus(Config config) {
  config.pass({"type", "glance_ckpt_path", "init_cfg"});
  AdaFocusOptions options;
  const std::string glance = config.word("glance_arch", "mbv2", {"mbv2", "res50"});
  options.glance = glance == "mbv2" ? Glance::kMobileNetV2 : Glance::kResNet50;
  options.num_segments = config.integer_or("num_segments", options.num_segments, 1, 1 << 12);
  options.num_classes = config.integer("num_classes", 1, 1 << 20);
  options.patch_size = config.integer_or("patch_size", options.patch_size, 1, 1 << 12);
  options.policy_features = config.integer_or("stn_hidden_dim", options.policy_features, 1, 1 << 16);
  options.dropout = config.number_or("dropout", options.dropout, 0, 0.999);
  options.fc_dropout = config.number_or("fc_dropout", options.fc_dropout, 0, 0.999);
  options.reorder = config.flag_or("sample", options.reorder);
  config.finish();
  if (options.reorder && options.num_segments < 3)
    throw UsageError(config.place_of("num_segments"), "the order from coarse to fine needs 3 frames or more",
                     "or set sample to false");
  return std::make_unique<AdaFocus>(options);
}

}  // namespace vs::nn
