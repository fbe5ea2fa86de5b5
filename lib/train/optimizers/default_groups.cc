#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/nn/config.h"
#include "lib/nn/layers/conv.h"
#include "lib/train/optimizers/group_constructors.h"
#include "lib/train/optimizers/layer_walk.h"

namespace vs::train {
namespace {

struct Factors {
  double rate = 1, decay = 1;
};

struct CustomKey {
  std::string part;
  Factors factors;
};

struct ParamwiseOptions {
  std::vector<CustomKey> custom_keys;  ///< in the order in which they are tried
  double bias_rate = 1, bias_decay = 1, norm_decay = 1, depthwise_decay = 1;
};

double read_factor(nn::Config& config, const std::string& key) { return config.number_or(key, 1, 0, kLargestFactor); }

std::vector<CustomKey> read_custom_keys(const nlohmann::ordered_json& object, nn::Config config) {
  std::vector<CustomKey> keys;
  for (const auto& item : object.items()) {
    nn::Config factors = config.object(item.key());
    keys.push_back({item.key(), {read_factor(factors, "lr_mult"), read_factor(factors, "decay_mult")}});
    factors.finish();
  }
  std::sort(keys.begin(), keys.end(), [](const CustomKey& a, const CustomKey& b) {
    return a.part.size() != b.part.size() ? a.part.size() > b.part.size() : a.part < b.part;
  });
  return keys;
}

ParamwiseOptions read_paramwise(const GroupingRequest& request) {
  nn::Config config(*request.paramwise, request.place + ".paramwise_cfg");
  ParamwiseOptions options;
  if (config.has("custom_keys"))
    options.custom_keys = read_custom_keys(request.paramwise->at("custom_keys"), config.object("custom_keys"));
  options.bias_rate = read_factor(config, "bias_lr_mult");
  options.bias_decay = read_factor(config, "bias_decay_mult");
  options.norm_decay = read_factor(config, "norm_decay_mult");
  options.depthwise_decay = read_factor(config, "dwconv_decay_mult");
  // No network here has deformable convolutions, or a parameter twice.
  config.pass({"custom_keys", "dcn_offset_lr_mult", "bypass_duplicate"});
  config.finish();
  return options;
}

bool is_depthwise(const LayerParameters& layer) {
  const auto* conv = dynamic_cast<const nn::Conv*>(layer.module);
  return conv && conv->options().kernel.size() == 2 && conv->options().groups == conv->options().in_channels;
}

/// name: the parameter's own, "bias".
Factors factors_of(const LayerParameters& layer, const std::string& name, const ParamwiseOptions& options) {
  // The reference puts a dot before the names of the root's own parameters.
  const std::string full_name = layer.name + "." + name;
  for (const CustomKey& key : options.custom_keys) {
    if (full_name.find(key.part) != std::string::npos) return key.factors;
  }
  const bool is_norm = layer.kind == LayerKind::kBatchNorm || layer.kind == LayerKind::kLayerNorm;
  const bool is_bias = name == "bias";
  Factors factors;
  if (is_bias && !is_norm) factors.rate = options.bias_rate;
  if (is_norm)
    factors.decay = options.norm_decay;
  else if (is_depthwise(layer))
    factors.decay = options.depthwise_decay;
  else if (is_bias)
    factors.decay = options.bias_decay;
  return factors;
}

}  // namespace

std::vector<ParameterGroup> default_groups(const GroupingRequest& request) {
  if (!request.paramwise) {
    ParameterGroup all{"parameters", request.learning_rate, request.weight_decay, {}};
    for (const nn::Entry& entry : request.module.entries()) {
      if (entry.kind == nn::EntryKind::kParameter) all.parameters.push_back(entry);
    }
    return {std::move(all)};
  }
  const ParamwiseOptions options = read_paramwise(request);
  std::vector<ParameterGroup> groups;
  for (const LayerParameters& layer : layers_with_parameters(request.module)) {
    const size_t prefix = layer.name.empty() ? 0 : layer.name.size() + 1;
    for (const nn::Entry& parameter : layer.parameters) {
      const Factors factors = factors_of(layer, parameter.name.substr(prefix), options);
      groups.push_back(
          {parameter.name, request.learning_rate * factors.rate, request.weight_decay * factors.decay, {parameter}});
    }
  }
  return groups;
}

}  // namespace vs::train
