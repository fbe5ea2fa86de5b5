#include "lib/train/optimizers/parameter_groups.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/train/optimizers/group_constructors.h"

namespace vs::train {
namespace {

constexpr double kLargestRate = 1e6;
/// PyTorch's own where a recipe states none.
constexpr double kAdamWDecay = 0.01;

using Constructor = std::vector<ParameterGroup> (*)(const GroupingRequest&);

const std::map<std::string, Constructor>& constructors() {
  static const std::map<std::string, Constructor> table{{"DefaultOptimizerConstructor", default_groups},
                                                        {"TSMOptimizerConstructor", tsm_groups},
                                                        {"RKDOptimizerConstructor", distillation_groups},
                                                        {"SamplerOptimizerConstructor", sampler_groups},
                                                        {"AdaFocusOptimizerConstructor", adafocus_groups}};
  return table;
}

}  // namespace

std::vector<ParameterGroup> parameter_groups(nn::Module& module, const nlohmann::ordered_json& optimizer,
                                             const std::string& place) {
  nn::Config config(optimizer, place);
  if (!config.has("lr")) throw UsageError(config.place_of("lr"), "is missing");
  const double rate = config.number_or("lr", 0, 0, kLargestRate);
  const bool adamw = config.text("type", "SGD") == "AdamW";
  const double decay = config.number_or("weight_decay", adamw ? kAdamWDecay : 0, 0, kLargestRate);
  std::vector<std::string> names;
  for (const auto& [name, constructor] : constructors()) names.push_back(name);
  const std::string constructor = config.word("constructor", "DefaultOptimizerConstructor", names);
  const nlohmann::ordered_json* paramwise = nullptr;
  if (config.has("paramwise_cfg")) {
    config.object("paramwise_cfg");
    paramwise = optimizer.at("paramwise_cfg").empty() ? nullptr : &optimizer.at("paramwise_cfg");
  }
  const std::vector<nn::Entry> entries = module.entries();
  if (std::none_of(entries.begin(), entries.end(), [](const auto& entry) { return entry.tensor->requires_grad(); }))
    throw std::logic_error("parameter groups of a network of which nothing requires gradients");
  return constructors().at(constructor)({module, rate, decay, paramwise, place});
}

}  // namespace vs::train
