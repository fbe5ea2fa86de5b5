#include "lib/train/initialization/initialize.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/train/initialization/layer_rules.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMostDeviation = 2;

/// What of a model's description counts here.
struct Descriptions {
  Json backbone, head, sampler;
  std::string place = "model";  ///< of backbone and head
};

Json object_at(const Json& parent, const char* key) {
  return parent.is_object() && parent.contains(key) && parent.at(key).is_object() ? parent.at(key) : Json::object();
}

Descriptions described(const Json& model) {
  Descriptions found;
  const Json* recognizer = &model;
  while (recognizer->is_object() && recognizer->contains("recognizer")) {
    recognizer = &recognizer->at("recognizer");
    found.place += ".recognizer";
  }
  found.backbone = object_at(*recognizer, "backbone");
  found.head = object_at(*recognizer, "cls_head");
  const Json sampler = object_at(model, "sampler");
  found.sampler = sampler.contains("network") ? object_at(sampler, "network") : sampler;
  return found;
}

double deviation_of(const Json& part, const std::string& place, double otherwise) {
  return nn::Config(part, place).number_or("init_std", otherwise, 0, kMostDeviation);
}

double head_deviation(const Descriptions& model) {
  const std::string type = model.head.value("type", std::string());
  return deviation_of(model.head, model.place + ".cls_head", type == "TSMHead" || type == "RKD2DHead" ? 0.001 : 0.01);
}

/// Goes through a network, from each part to its layers, with the rules of the part.
class Initializer {
 public:
  Initializer(nn::Module& module, const Json& model, uint64_t seed)
      : model_(described(model)), seed_(seed), entries_(module.entries()) {}

  void visit(nn::Module& module, LayerRules rules, Json backbone) {
    const std::string kind = module.kind();
    if (module.name() == "low_res_path") backbone = object_at(backbone, "low_res_cfg");
    if (module.name() == "high_res_path") backbone = object_at(backbone, "high_res_cfg");
    enter(kind, backbone, rules);
    begin_own(module, kind, rules);
    for (const auto& child : module.children()) {
      LayerRules below = rules;
      refine(kind, child->name(), below);
      visit(*child, below, backbone);
    }
  }

  const Descriptions& model() const { return model_; }

 private:
  using Entries = std::span<const nn::Entry>;

  /// Rules that begin with a module of this kind.
  void enter(const std::string& kind, const Json& backbone, LayerRules& rules) const {
    if (kind == "ResNet" || kind == "ResNet3d") {
      rules = LayerRules::convolutional();
      const std::string place = model_.place + ".backbone";
      if (kind == "ResNet3d" && nn::Config(backbone, place).flag_or("zero_init_residual", true))
        rules.last_norm_weight = Rule::kZero;
    } else if (kind == "MobileNetV2" || kind == "MobileNetV2Sampler") {
      rules = LayerRules::convolutional();
      rules.linear_weight = Rule::kNormal;
      rules.linear_bias = Rule::kZero;
      rules.deviation = kind == "MobileNetV2" ? 0.01 : deviation_of(model_.sampler, "model.sampler", 0.01);
    } else if (kind == "SwinTransformer3D") {
      rules = LayerRules::swin();
    } else if (kind == "PatchEmbed3d") {
      rules.conv_weight = rules.conv_bias = Rule::kInverseRootUniform;
    } else if (kind == "TimeSformer" || kind == "DRCA") {
      rules = LayerRules::video_transformer(/*time_from_zero=*/kind == "TimeSformer");
    } else if (kind == "Dccm") {
      rules = LayerRules::compression();
    } else if (kind == "LinearHead") {
      rules = LayerRules::linear(Rule::kNormal, head_deviation(model_));
    } else if (kind == "ClsHead") {
      rules = LayerRules::linear(Rule::kTruncatedNormal, deviation_of(model_.head, model_.place + ".cls_head", 0.02));
    } else if (kind == "ShiftedBranch") {
      rules = LayerRules::linear(Rule::kNormal, 0.001);
    } else if (kind == "AdaFocusV2" || kind == "AdaFocusV2Clip" || kind == "PoolingClassifier" || kind == "R50Head" ||
               kind == "SimilarityHead" || kind == "NonLocal" || kind == "Adaptation") {
      rules = LayerRules::torch();
    }
  }

  /// Rules of one child that its parent begins otherwise.
  static void refine(const std::string& kind, const std::string& name, LayerRules& rules) {
    const bool last_of_block = (kind == "Bottleneck" && (name == "conv3" || name == "bn3")) ||
                               (kind == "BasicBlock" && (name == "conv2" || name == "bn2"));
    if (last_of_block) rules.norm_weight = rules.norm_2d_weight = rules.last_norm_weight;
    if (kind == "NonLocal" && name == "W") rules.norm_weight = rules.norm_2d_weight = Rule::kZero;
    if (kind == "MultiheadAttention") rules.linear_bias = Rule::kZero;
    if (kind == "DividedTemporalAttention" && name == "temporal_fc")
      rules.linear_weight = rules.linear_bias = Rule::kZero;
  }

  /// The entries that are a module's own: those behind what was visited, without its children's.
  Entries take_own(nn::Module& module) {
    size_t count = module.entries().size();
    for (const auto& child : module.children()) count -= child->entries().size();
    const Entries own = Entries(entries_).subspan(next_, count);
    next_ += count;
    return own;
  }

  void begin_own(nn::Module& module, const std::string& kind, const LayerRules& rules) {
    const Entries own = take_own(module);
    if (own.empty()) return;
    const Fans fans = fans_of(*own.front().tensor);
    if (kind == "Conv2d" || kind == "Conv3d") convolution_is_2d_ = kind == "Conv2d";
    for (const nn::Entry& entry : own) {
      const std::string name = entry.name.substr(entry.name.rfind('.') + 1);
      if (!entry.tensor->is_floating_point()) continue;  // counters and tables, which have their values
      if (kind == "GRU") {
        const auto width = static_cast<double>(own[1].tensor->size(1));
        begin(entry, Rule::kInverseRootUniform, {.in = width}, 0);
      } else {
        begin(entry, rule_of(kind, name, rules), fans, rules.deviation);
      }
    }
  }

  Rule rule_of(const std::string& kind, const std::string& name, const LayerRules& rules) const {
    const bool weight = name == "weight";
    if (weight || name == "bias") {
      if (kind == "Conv2d" || kind == "Conv3d") return weight ? rules.conv_weight : rules.conv_bias;
      if (kind == "Linear") return weight ? rules.linear_weight : rules.linear_bias;
      if (kind == "BatchNorm")
        return !weight ? Rule::kZero : convolution_is_2d_ ? rules.norm_2d_weight : rules.norm_weight;
      if (kind == "LayerNorm") return weight ? Rule::kOne : Rule::kZero;
    }
    if (kind == "BatchNorm" && name == "running_mean") return Rule::kZero;
    if (kind == "BatchNorm" && name == "running_var") return Rule::kOne;
    if (kind == "MultiheadAttention" && name == "in_proj_weight") return Rule::kXavierUniform;
    if (kind == "MultiheadAttention" && name == "in_proj_bias") return Rule::kZero;
    if (name == "relative_position_bias_table") return rules.table;
    if (name == "cls_token" || name == "pos_embed") return rules.tokens;
    if (name == "time_embed") return rules.time_tokens;
    return Rule::kNone;
  }

  void begin(const nn::Entry& entry, Rule rule, const Fans& fans, double deviation) const {
    if (rule == Rule::kNone) throw std::logic_error(entry.name + ": no rule says what it begins with");
    fill(*entry.tensor, distribution_of(rule, fans, deviation), seed_, entry.name);
  }

  Descriptions model_;
  uint64_t seed_;
  std::vector<nn::Entry> entries_;
  size_t next_ = 0;
  bool convolution_is_2d_ = false;  ///< the last one that was visited, which batch normalisation stands behind
};

}  // namespace

void initialize(nn::Module& module, const Json& model, uint64_t seed) {
  module.materialize();
  Initializer initializer(module, model, seed);
  const Json backbone = initializer.model().backbone;
  initializer.visit(module, {}, backbone);
}

}  // namespace vs::train
