#include "lib/features/feature_source.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/adafocus/network.h"
#include "lib/nn/build_as.h"
#include "lib/systems/distillation.h"

namespace vs::features {
namespace {

using Json = nlohmann::ordered_json;

bool is_within(const std::string& layer, const std::string& module) {
  return layer == module || layer.starts_with(module + ".");
}

class RecognizerSource final : public FeatureSource {
 public:
  RecognizerSource(std::unique_ptr<nn::Recognizer> network, const std::string& layer)
      : network_(std::move(network)), needs_head_(!layer.empty() && !is_within(layer, "backbone")) {}
  nn::Module& module() override { return *network_; }
  at::Tensor pooled(const at::Tensor& imgs) override { return network_->pooled_features(imgs); }
  void run(const at::Tensor& imgs) override { (void)(needs_head_ ? network_->logits(imgs) : pooled(imgs)); }
  void run_all(const at::Tensor& imgs) override { (void)network_->logits(imgs); }
  bool needs_head() const override { return needs_head_; }

 private:
  std::unique_ptr<nn::Recognizer> network_;
  bool needs_head_;
};

/// AdaFocusV2's glance at single frames.
class GlanceSource final : public FeatureSource {
 public:
  GlanceSource(std::unique_ptr<nn::AdaFocus> network, const std::string& layer)
      : network_(std::move(network)), needs_head_(!is_within(layer, "global_CNN")) {}
  nn::Module& module() override { return *network_; }
  at::Tensor pooled(const at::Tensor& imgs) override { return network_->glance(imgs.flatten(0, 1)).features; }
  void run(const at::Tensor& imgs) override { (void)pooled(imgs); }
  void run_all(const at::Tensor& imgs) override { (void)pooled(imgs); }
  bool needs_head() const override { return needs_head_; }

 private:
  std::unique_ptr<nn::AdaFocus> network_;
  bool needs_head_;
};

/// AdaFocusV2 as a whole.
class FocusSource final : public FeatureSource {
 public:
  FocusSource(std::unique_ptr<nn::AdaFocus> network, const std::string& layer)
      : network_(std::move(network)),
        needs_head_(!layer.empty() && !is_within(layer, "local_CNN") && !is_within(layer, "policy_stn")) {}
  nn::Module& module() override { return *network_; }
  at::Tensor pooled(const at::Tensor& imgs) override { return network_->pooled_features(imgs); }
  void run(const at::Tensor& imgs) override { (void)network_->logits(imgs); }
  void run_all(const at::Tensor& imgs) override { (void)network_->logits(imgs); }
  bool needs_head() const override { return needs_head_; }
  int64_t group() const override { return network_->options().num_segments; }
  std::vector<int64_t> order() const override { return network_->order(); }

 private:
  std::unique_ptr<nn::AdaFocus> network_;
  bool needs_head_;
};

/// The glance of AdaFocusV2 over a clip, and where it says to look.
class ClipGlanceSource final : public FeatureSource {
 public:
  ClipGlanceSource(std::unique_ptr<nn::AdaFocusClip> network, const std::string& layer)
      : network_(std::move(network)),
        needs_policy_(is_within(layer, "policy_stn")),
        needs_head_(!layer.empty() && !needs_policy_ && !is_within(layer, "global_CNN.base_model")) {}
  nn::Module& module() override { return *network_; }
  at::Tensor pooled(const at::Tensor& imgs) override {
    const at::Tensor maps = network_->glance(imgs.flatten(0, 1)).maps;
    return maps.unflatten(1, {group(), -1}).flatten(0, 1).mean({2, 3});
  }
  void run(const at::Tensor& imgs) override {
    const nn::ShiftedBranchResult seen = network_->glance(imgs.flatten(0, 1));
    if (needs_policy_) (void)network_->actions(seen.maps);
  }
  void run_all(const at::Tensor& imgs) override { (void)network_->actions(network_->glance(imgs.flatten(0, 1)).maps); }
  bool needs_head() const override { return needs_head_; }
  int64_t group() const override { return network_->options().num_segments; }

 private:
  std::unique_ptr<nn::AdaFocusClip> network_;
  bool needs_policy_, needs_head_;
};

}  // namespace

std::unique_ptr<FeatureSource> build_feature_source(const Json& model, const std::string& layer) {
  const std::string place = "model";
  if (!model.is_object() || !model.contains("type") || !model["type"].is_string())
    throw UsageError(place + ".type", "is missing");
  if (model["type"] == "AdaFocusV2") {
    auto network = nn::build_as<nn::AdaFocus>(model, place, "is another system's");
    if (is_within(layer, "global_CNN") || is_within(layer, "global_CNN_fc"))
      return std::make_unique<GlanceSource>(std::move(network), layer);
    return std::make_unique<FocusSource>(std::move(network), layer);
  }
  if (model["type"] == "AdaFocusV2Clip") {
    if (is_within(layer, "local_CNN") || is_within(layer, "crop"))
      throw UsageError("--layer " + printable(layer), "looks at patches of other frames than the glance does",
                       "take a layer of global_CNN");
    return std::make_unique<ClipGlanceSource>(nn::build_as<nn::AdaFocusClip>(model, place, "is another system's"),
                                              layer);
  }
  if (systems::is_distillation(model))
    return std::make_unique<RecognizerSource>(systems::build_distilled(model, systems::Teacher::kLeftOut, place),
                                              layer);
  return std::make_unique<RecognizerSource>(nn::build_recognizer(model, place), layer);
}

}  // namespace vs::features
