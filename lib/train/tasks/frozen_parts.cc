#include "lib/train/tasks/frozen_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/norm.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

/// The descendant at a path such as "model.0"; null if there is none.
nn::Module* descendant(nn::Module& module, std::string_view path) {
  nn::Module* found = &module;
  for (const std::string_view name : split(path, '.')) {
    const auto& children = found->children();
    const auto at = std::find_if(children.begin(), children.end(), [&](const auto& c) { return c->name() == name; });
    if (at == children.end()) return nullptr;
    found = at->get();
  }
  return found;
}

/// Where a stage lies, 0 the stem; empty for backbones without stages.
std::vector<std::string> stage_paths(const std::string& type, int64_t stage) {
  const bool stem = stage == 0;
  if (type == "SwinTransformer3D") return {stem ? std::string("patch_embed") : fmt::format("layers.{}", stage - 1)};
  if (type == "ResNet50")
    return stem ? std::vector<std::string>{"model.0", "model.1"} : std::vector{fmt::format("model.{}", stage + 3)};
  if (type.starts_with("MobileNetV2") || type.starts_with("ResNet")) {
    constexpr int64_t kMobileLayers = 7;
    const bool last = type.starts_with("MobileNetV2") && stage == kMobileLayers + 1;
    return {last ? "conv2" : stem ? "conv1" : fmt::format("layer{}", stage)};
  }
  return {};
}

void collect_norms(nn::Module& module, std::vector<nn::Module*>& norms) {
  if (dynamic_cast<nn::BatchNorm*>(&module)) norms.push_back(&module);
  for (const auto& child : module.children()) collect_norms(*child, norms);
}

}  // namespace

FrozenParts::FrozenParts(const Json& description, nn::Module& backbone, const std::string& place) {
  nn::Config config(description, place);
  const std::string type = config.text("type", "");
  constexpr int64_t kMostStages = 1 << 10;
  const int64_t stages = config.integer_or("frozen_stages", -1, -1, kMostStages);
  for (int64_t stage = 0; stage <= stages; ++stage) {
    const auto paths = stage_paths(type, stage);
    if (paths.empty()) throw UsageError(config.place_of("frozen_stages"), "this backbone has no stages to be frozen");
    for (const std::string& path : paths) {
      nn::Module* part = descendant(backbone, path);
      if (!part)
        throw UsageError(config.place_of("frozen_stages"),
                         fmt::format("{}, but the backbone has {} stages", stages, stage - 1));
      frozen_.push_back(part);
    }
    if (type == "SwinTransformer3D" && stage == 1) frozen_.push_back(descendant(backbone, "pos_drop"));
  }
  if (config.flag_or("freeze_all", false)) frozen_.push_back(&backbone);
  std::vector<nn::Module*> norms;
  collect_norms(backbone, norms);
  if (config.flag_or("norm_eval", false)) evaluated_ = norms;
  if (config.flag_or("partial_bn", false) && !norms.empty())
    frozen_.insert(frozen_.end(), norms.begin() + 1, norms.end());
}

void FrozenParts::apply() const {
  for (nn::Module* part : frozen_) {
    part->train(false);
    part->require_gradients(false);
  }
  for (nn::Module* part : evaluated_) part->train(false);
}

}  // namespace vs::train
