// Gradients to new parameters: SGD with momentum and AdamW.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/train/optimizers/parameter_groups.h"

namespace vs::train {

/// What an optimiser remembers of a parameter between steps, for checkpoints: "momentum_buffer.backbone.conv1.weight".
struct OptimizerState {
  std::string name;
  at::Tensor* tensor = nullptr;
};

/// Takes steps. A parameter without gradient is left alone: neither decayed nor moved, nor is anything remembered of
/// it.
class Optimizer {
 public:
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  const std::vector<ParameterGroup>& groups() const { return groups_; }
  /// Of the next steps, one a group.
  void set_learning_rates(std::span<const double> rates);
  std::span<const double> learning_rates() const { return rates_; }
  /// Forgets all gradients.
  void zero_gradients();
  virtual void step() = 0;

  /// What a checkpoint must hold beside the parameters, in a fixed order: only what there is so far.
  virtual std::vector<OptimizerState> state() = 0;
  /// Takes back what state() listed, by name. Throws DataError naming an entry that is none of this optimiser's or has
  /// another shape.
  virtual void restore(const std::vector<std::pair<std::string, at::Tensor>>& state) = 0;

 protected:
  explicit Optimizer(std::vector<ParameterGroup> groups);

  std::vector<ParameterGroup> groups_;
  std::vector<double> rates_;
};

/// Builds what a recipe's `train.optimizer` describes, in mmcv's terms: {"type": "SGD", "lr", "momentum", "nesterov",
/// "weight_decay"} or {"type": "AdamW", "lr", "betas", "eps", "weight_decay"}, with `constructor` and `paramwise_cfg`
/// as parameter_groups() takes them. "CopyOfSGD" is SGD. The definitions of the steps are PyTorch's.
/// Throws UsageError naming an unknown type or key, or a value out of range.
std::unique_ptr<Optimizer> build_optimizer(nn::Module& module, const nlohmann::ordered_json& optimizer,
                                           const std::string& place = "train.optimizer");

/// Gradients of the parameters that have one, in the order of the groups; the lists are parallel.
struct Gradients {
  std::vector<std::string> names;  ///< of the parameters
  std::vector<at::Tensor> tensors;
};
Gradients gradients_of(const Optimizer& optimizer);

/// Scales all gradients so that their norm together is at most max_norm, as PyTorch's clip_grad_norm_ does: by
/// max_norm / (norm + 1e-6) where that is below 1. Parameters without gradient do not count. norm_type: 2, or infinity.
/// Returns the norm before it, in double. Throws DataError if the norm is not finite, UsageError for a max_norm below 0
/// or another norm_type.
double clip_gradients(const Optimizer& optimizer, double max_norm, double norm_type = 2);

}  // namespace vs::train
