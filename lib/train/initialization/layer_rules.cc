#include "lib/train/initialization/layer_rules.h"

#include <cmath>
#include <stdexcept>

namespace vs::train {

Fans fans_of(const at::Tensor& weight) {
  if (weight.dim() < 2) return {};
  const auto window = static_cast<double>(weight[0][0].numel());
  return {window * static_cast<double>(weight.size(1)), window * static_cast<double>(weight.size(0))};
}

Distribution distribution_of(Rule rule, const Fans& fans, double deviation) {
  constexpr double kSpreadAroundOne = 0.02;
  switch (rule) {
    case Rule::kNone:
      break;
    case Rule::kZero:
      return Distribution::constant(0);
    case Rule::kOne:
      return Distribution::constant(1);
    case Rule::kUnitNormal:
      return Distribution::normal(1);
    case Rule::kAroundOne:
      return Distribution::normal(kSpreadAroundOne, 1);
    case Rule::kNormal:
      return Distribution::normal(deviation);
    case Rule::kTruncatedNormal:
      return Distribution::truncated_normal(deviation);
    case Rule::kKaimingOut:
      return Distribution::normal(std::sqrt(2 / fans.out));
    case Rule::kLecun:
      return Distribution::normal(std::sqrt(1 / fans.in));
    case Rule::kXavierNormal:
      return Distribution::normal(std::sqrt(2 / (fans.in + fans.out)));
    case Rule::kXavierUniform:
      return Distribution::uniform(std::sqrt(6 / (fans.in + fans.out)));
    case Rule::kInverseRootUniform:
      return Distribution::uniform(1 / std::sqrt(fans.in));
  }
  throw std::logic_error("a layer without a rule of initialisation");
}

LayerRules LayerRules::torch() {
  return {.conv_weight = Rule::kInverseRootUniform,
          .conv_bias = Rule::kInverseRootUniform,
          .linear_weight = Rule::kInverseRootUniform,
          .linear_bias = Rule::kInverseRootUniform};
}

LayerRules LayerRules::convolutional() {
  LayerRules rules = torch();
  rules.conv_weight = Rule::kKaimingOut;
  rules.conv_bias = Rule::kZero;
  return rules;
}

LayerRules LayerRules::swin() {
  LayerRules rules = torch();
  rules.linear_weight = rules.table = Rule::kTruncatedNormal;
  rules.linear_bias = Rule::kZero;
  rules.deviation = 0.02;
  return rules;
}

LayerRules LayerRules::video_transformer(bool time_from_zero) {
  LayerRules rules = torch();
  rules.conv_weight = Rule::kLecun;
  rules.conv_bias = Rule::kZero;
  rules.tokens = Rule::kTruncatedNormal;
  rules.time_tokens = time_from_zero ? Rule::kZero : Rule::kTruncatedNormal;
  rules.deviation = 0.02;
  return rules;
}

LayerRules LayerRules::compression() {
  return {.conv_weight = Rule::kXavierNormal,
          .conv_bias = Rule::kUnitNormal,
          .linear_weight = Rule::kXavierNormal,
          .linear_bias = Rule::kZero,
          .norm_2d_weight = Rule::kAroundOne};
}

LayerRules LayerRules::linear(Rule weight, double deviation) {
  return {.linear_weight = weight, .linear_bias = Rule::kZero, .deviation = deviation};
}

}  // namespace vs::train
