// Which parameters are trained with which learning rate and weight decay, as the published trainings group them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/nn/module.h"

namespace vs::train {

/// Parameters that share a learning rate and a weight decay. May be empty where the reference's group is.
struct ParameterGroup {
  std::string name;          ///< for logs, such as "first_conv_weight"
  double learning_rate = 0;  ///< at the start, before any schedule
  double weight_decay = 0;
  std::vector<nn::Entry> parameters;
};

/// Groups the parameters of a network as a recipe's `train.optimizer` says. Every parameter that is to be trained is in
/// one group, in the reference's order; frozen ones are where the references list them, which changes nothing, since no
/// step moves a parameter without gradient. Call it once the network has memory and is told which parts are trained
/// (Task::prepare_training()): groups of batch normalisations follow requires_grad(). Borrows the parameters.
///
/// optimizer: lr, weight_decay (0; AdamW: 0.01) and, in mmcv's terms, `constructor` with `paramwise_cfg`:
/// DefaultOptimizerConstructor, TSMOptimizerConstructor, RKDOptimizerConstructor, SamplerOptimizerConstructor and
/// AdaFocusOptimizerConstructor (lib/train/optimizers/group_constructors.h says what they do); other keys are left to
/// build_optimizer(). place: names it in errors. Throws UsageError for an unknown constructor or key, and for a
/// parameter that a constructor has no group for.
std::vector<ParameterGroup> parameter_groups(nn::Module& module, const nlohmann::ordered_json& optimizer,
                                             const std::string& place);

}  // namespace vs::train
