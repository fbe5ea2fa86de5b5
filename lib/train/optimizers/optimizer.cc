#include "lib/train/optimizers/optimizer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/train/optimizers/adamw.h"
#include "lib/train/optimizers/stochastic_gradient_descent.h"

namespace vs::train {
namespace {

/// betas: two numbers from 0 to below 1.
void read_betas(const nlohmann::ordered_json& optimizer, const std::string& place, AdamWOptions& options) {
  const auto betas = optimizer.find("betas");
  if (betas == optimizer.end() || betas->is_null()) return;
  const auto good = [](const auto& beta) { return beta.is_number() && beta >= 0.0 && beta < 1.0; };
  if (!betas->is_array() || betas->size() != 2 || !good(betas->at(0)) || !good(betas->at(1)))
    throw UsageError(place + ".betas", fmt::format("{} is no pair of numbers from 0 to below 1", betas->dump()));
  options.beta1 = betas->at(0).get<double>();
  options.beta2 = betas->at(1).get<double>();
}

}  // namespace

Optimizer::Optimizer(std::vector<ParameterGroup> groups) : groups_(std::move(groups)) {
  for (const ParameterGroup& group : groups_) rates_.push_back(group.learning_rate);
}

void Optimizer::set_learning_rates(std::span<const double> rates) {
  if (rates.size() != groups_.size()) throw std::logic_error("learning rates: not one a group");
  rates_.assign(rates.begin(), rates.end());
}

void Optimizer::zero_gradients() {
  for (const ParameterGroup& group : groups_) {
    for (const nn::Entry& parameter : group.parameters) parameter.tensor->mutable_grad() = at::Tensor();
  }
}

Gradients gradients_of(const Optimizer& optimizer) {
  Gradients found;
  for (const ParameterGroup& group : optimizer.groups()) {
    for (const nn::Entry& parameter : group.parameters) {
      if (!parameter.tensor->grad().defined()) continue;
      found.names.push_back(parameter.name);
      found.tensors.push_back(parameter.tensor->mutable_grad());
    }
  }
  return found;
}

std::unique_ptr<Optimizer> build_optimizer(nn::Module& module, const nlohmann::ordered_json& optimizer,
                                           const std::string& place) {
  nn::Config config(optimizer, place);
  config.text("type");
  const std::string type = config.word("type", "", {"SGD", "CopyOfSGD", "AdamW"});
  // What is read by parameter_groups().
  config.pass({"lr", "weight_decay", "constructor", "paramwise_cfg"});
  if (type == "AdamW") {
    AdamWOptions options;
    read_betas(optimizer, place, options);
    config.pass({"betas"});
    options.epsilon = config.number_or("eps", options.epsilon, 0, 1);
    config.finish();
    return std::make_unique<AdamW>(parameter_groups(module, optimizer, place), options);
  }
  const double momentum = config.number_or("momentum", 0, 0, 1);
  const bool nesterov = config.flag_or("nesterov", false);
  config.finish();
  if (nesterov && momentum == 0) throw UsageError(place + ".nesterov", "needs a momentum above 0");
  return std::make_unique<StochasticGradientDescent>(parameter_groups(module, optimizer, place), momentum, nesterov);
}

}  // namespace vs::train
