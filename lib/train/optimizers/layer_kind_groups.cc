#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/train/optimizers/group_constructors.h"
#include "lib/train/optimizers/layer_walk.h"

namespace vs::train {
namespace {

/// The layers whose parameters these constructors have groups for; others are refused.
std::vector<LayerParameters> known_layers(const GroupingRequest& request, const std::string& without = "") {
  std::vector<LayerParameters> layers;
  for (LayerParameters& layer : layers_with_parameters(request.module)) {
    if (!without.empty() && layer.name.starts_with(without)) continue;
    if (layer.kind == LayerKind::kLayerNorm || layer.kind == LayerKind::kOther) {
      throw UsageError(request.place + ".constructor",
                       fmt::format("has no group for {}, of a {}", layer.parameters.front().name, layer.module->kind()),
                       "leave the constructor out");
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

/// The weight to one group, the bias, if there is one, to another.
void split(const LayerParameters& layer, ParameterGroup& weights, ParameterGroup& biases) {
  weights.parameters.push_back(layer.parameters.at(0));
  if (layer.parameters.size() == 2) biases.parameters.push_back(layer.parameters.at(1));
}

/// Unlike weights of convolutions, parameters of normalisations are listed only where they are trained.
void add_trained(const LayerParameters& norm, ParameterGroup& group) {
  for (const nn::Entry& parameter : norm.parameters) {
    if (parameter.tensor->requires_grad()) group.parameters.push_back(parameter);
  }
}

}  // namespace

std::vector<ParameterGroup> tsm_groups(const GroupingRequest& request) {
  if (!request.paramwise) return default_groups(request);
  nn::Config config(*request.paramwise, request.place + ".paramwise_cfg");
  if (!config.has("fc_lr5")) throw UsageError(config.place_of("fc_lr5"), "is missing");
  const bool fast_last_layer = config.flag_or("fc_lr5", false);
  config.finish();

  const double rate = request.learning_rate, decay = request.weight_decay;
  ParameterGroup first_weight{"first_conv_weight", rate, decay, {}}, first_bias{"first_conv_bias", 2 * rate, 0, {}};
  ParameterGroup weight{"normal_weight", rate, decay, {}}, bias{"normal_bias", 2 * rate, 0, {}};
  ParameterGroup norm{"bn", rate, 0, {}};
  ParameterGroup last_weight{"lr5_weight", 5 * rate, decay, {}}, last_bias{"lr10_bias", 10 * rate, 0, {}};
  bool first = true;
  const LayerParameters* last = nullptr;
  const std::vector<LayerParameters> layers = known_layers(request);
  for (const LayerParameters& layer : layers) {
    if (layer.kind == LayerKind::kBatchNorm) {
      add_trained(layer, norm);
    } else if (layer.kind == LayerKind::kConvolution && std::exchange(first, false)) {
      split(layer, first_weight, first_bias);
    } else {
      split(layer, weight, bias);
      last = &layer;
    }
  }
  if (fast_last_layer && last) {
    split(*last, last_weight, last_bias);
    weight.parameters.pop_back();
    if (last->parameters.size() == 2) bias.parameters.pop_back();
  }
  return {first_weight, first_bias, weight, bias, norm, last_weight, last_bias};
}

std::vector<ParameterGroup> distillation_groups(const GroupingRequest& request) {
  if (!request.paramwise) return default_groups(request);
  nn::Config config(*request.paramwise, request.place + ".paramwise_cfg");
  config.pass({"fc_lr5"});  // as in the baselines' recipes; the reference does not read it
  config.finish();

  const double rate = request.learning_rate;
  ParameterGroup weight{"low_res_weight", rate, request.weight_decay, {}}, bias{"low_res_bias", 2 * rate, 0, {}};
  ParameterGroup norm{"bn", rate, 0, {}};
  for (const LayerParameters& layer : known_layers(request, "backbone.high_res_path")) {
    if (layer.kind == LayerKind::kBatchNorm)
      add_trained(layer, norm);
    else
      split(layer, weight, bias);
  }
  return {weight, bias, norm};
}

std::vector<ParameterGroup> sampler_groups(const GroupingRequest& request) {
  const nlohmann::ordered_json none = nlohmann::ordered_json::object();
  nn::Config config(request.paramwise ? *request.paramwise : none, request.place + ".paramwise_cfg");
  const double rate = request.learning_rate, decay = request.weight_decay;
  const double conv_rate = rate * config.number_or("sampler_conv_multiplier", 1, 0, kLargestFactor);
  const double norm_rate = rate * config.number_or("sampler_bn_multiplier", 1, 0, kLargestFactor);
  const double linear_rate = rate * config.number_or("sampler_fc_multiplier", 5, 0, kLargestFactor);
  config.finish();

  ParameterGroup conv_weight{"sampler_conv_weight", conv_rate, decay, {}};
  ParameterGroup conv_bias{"sampler_conv_bias", 2 * conv_rate, 0, {}};
  ParameterGroup sampler_norm{"sampler_bn", norm_rate, 0, {}};
  ParameterGroup linear_weight{"sampler_fc_weight", linear_rate, decay, {}};
  ParameterGroup linear_bias{"sampler_fc_bias", 2 * linear_rate, 0, {}};
  ParameterGroup weight{"normal_weight", rate, decay, {}}, bias{"normal_bias", 2 * rate, 0, {}};
  ParameterGroup norm{"normal_bn", rate, 0, {}};
  for (const LayerParameters& layer : known_layers(request)) {
    const bool of_sampler = layer.name.find("sampler") != std::string::npos;
    if (layer.kind == LayerKind::kBatchNorm)
      add_trained(layer, of_sampler ? sampler_norm : norm);
    else if (!of_sampler)
      split(layer, weight, bias);
    else if (layer.kind == LayerKind::kConvolution)
      split(layer, conv_weight, conv_bias);
    else
      split(layer, linear_weight, linear_bias);
  }
  return {conv_weight, conv_bias, sampler_norm, linear_weight, linear_bias, weight, bias, norm};
}

}  // namespace vs::train
