#include "lib/nn/adafocus/network.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
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
/// The ResNet's glance sees frames of this size; MobileNetV2's maps have this height and width.
constexpr int64_t kResNetGlance = 96, kMobileNetSide = 7;
/// Pixels of a frame for one position of the glance's maps.
constexpr int64_t kGlanceStride = 32;

ResNetOptions residual_network(int64_t depth, int64_t base_channels) {
  ResNetOptions options = torchvision_resnet50();
  options.depth = depth;
  options.base_channels = base_channels;
  return options;
}

Backbone& add_glance(Module& parent, const AdaFocusOptions& options) {
  if (options.glance == Glance::kResNet)
    return parent.child<ResNet>("global_CNN", residual_network(options.glance_depth, options.glance_base_channels),
                                "the glance's ResNet");
  return parent.child<MobileNetV2>("global_CNN", MobileNetV2Options{.names = MobileNetV2Names::kFeatures,
                                                                    .widen_factor = options.glance_widen_factor,
                                                                    .shift_segments = 0,
                                                                    .unused_classes = kUnusedClasses});
}

int64_t map_side(int64_t glance_size) {
  return glance_size > 0 ? (glance_size + kGlanceStride - 1) / kGlanceStride : kMobileNetSide;
}

Sequence& add_classifier(Module& parent, const char* name, int64_t features, const AdaFocusOptions& options) {
  Sequence& classifier = parent.child<Sequence>(name);
  classifier.add<Dropout>(options.fc_dropout);
  classifier.add<Linear>(features, options.num_classes);
  return classifier;
}

}  // namespace

AdaFocus::AdaFocus(const AdaFocusOptions& options) : options_(options), glance_size_(options.glance_size) {
  if (glance_size_ == 0 && options.glance == Glance::kResNet) glance_size_ = kResNetGlance;
  global_ = &add_glance(*this, options);
  global_fc_ = &add_classifier(*this, "global_CNN_fc", global_->out_channels(), options);
  local_ = &child<ResNet>("local_CNN", residual_network(options.local_depth, options.local_base_channels),
                          "the patches' ResNet");
  local_fc_ = &add_classifier(*this, "local_CNN_fc", local_->out_channels(), options);
  policy_ = &child<FramePolicy>("policy_stn", global_->out_channels(), map_side(glance_size_), options.policy_features);
  crop_ = &child<PatchCrop>("crop", options.patch_size);
  classifier_ = &child<PoolingClassifier>(
      "classifier", PoolingClassifierOptions{.in_features = global_->out_channels() + local_->out_channels(),
                                             .num_segments = options.num_segments,
                                             .num_classes = options.num_classes,
                                             .hidden_features = options.classifier_features,
                                             .dropout = options.dropout});
}

GlanceResult AdaFocus::glance(const at::Tensor& frames) {
  GlanceResult result;
  const std::array<int64_t, 2> size{glance_size_, glance_size_};
  result.maps = (*global_)(glance_size_ == 0 ? frames : at::upsample_bilinear2d(frames, size, true));
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

namespace {

constexpr int64_t kMostChannels = 1 << 16;

/// Keys that mean nothing to the glance that is described.
void refuse_keys(const Config& config, std::initializer_list<const char*> keys, const std::string& glance,
                 const char* other) {
  for (const char* key : keys) {
    if (config.has(key))
      throw UsageError(config.place_of(key), fmt::format("means nothing to a glance by {}", glance),
                       fmt::format("it belongs to glance_arch {}", other));
  }
}

int64_t depth_or(Config& config, const char* key, int64_t otherwise) {
  const int64_t depth = config.integer_or(key, otherwise, 1);
  if (!is_resnet_depth(depth))
    throw UsageError(config.place_of(key), fmt::format("no ResNet has {} layers", depth), "18, 34, 50, 101 or 152");
  return depth;
}

/// Widths and depths other than the published ones.
void read_sizes(Config& config, const std::string& glance, AdaFocusOptions& options) {
  options.glance_size = config.integer_or("glance_size", options.glance_size, 1, 1 << 12);
  if (options.glance == Glance::kMobileNetV2) {
    refuse_keys(config, {"glance_depth", "glance_base_channels"}, glance, "res50");
    options.glance_widen_factor = config.number_or("glance_widen_factor", 1, 0.01, 100);
  } else {
    refuse_keys(config, {"glance_widen_factor"}, glance, "mbv2");
    options.glance_depth = depth_or(config, "glance_depth", options.glance_depth);
    options.glance_base_channels =
        config.integer_or("glance_base_channels", options.glance_base_channels, 1, kMostChannels);
  }
  options.local_depth = depth_or(config, "local_depth", options.local_depth);
  options.local_base_channels = config.integer_or("local_base_channels", options.local_base_channels, 1, kMostChannels);
  options.classifier_features =
      config.integer_or("classifier_hidden_dim", options.classifier_features, 1, kMostChannels);
}

}  // namespace

std::unique_ptr<Recognizer> build_adafocus(Config config) {
  config.pass({"type", "glance_ckpt_path", "init_cfg"});
  AdaFocusOptions options;
  const std::string glance = config.word("glance_arch", "mbv2", {"mbv2", "res50"});
  options.glance = glance == "mbv2" ? Glance::kMobileNetV2 : Glance::kResNet;
  read_sizes(config, glance, options);
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
