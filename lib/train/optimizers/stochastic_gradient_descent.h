// Stochastic gradient descent with momentum.
#pragma once

#include "lib/train/optimizers/parameter_states.h"

namespace vs::train {

/// With g = gradient + decay * parameter and v = momentum * v + g (v = g at first), a parameter moves by -rate * v,
/// with Nesterov's momentum by -rate * (g + momentum * v). Source: PyTorch's SGD without dampening. State:
/// "momentum_buffer" of each parameter, none where the momentum is 0.
class StochasticGradientDescent : public Optimizer {
 public:
  /// momentum: in [0, 1]; above 0 with Nesterov's.
  StochasticGradientDescent(std::vector<ParameterGroup> groups, double momentum, bool nesterov);

  void step() override;
  std::vector<OptimizerState> state() override { return states_.list(); }
  void restore(const std::vector<std::pair<std::string, at::Tensor>>& state) override { states_.restore(state); }

 private:
  double momentum_;
  bool nesterov_;
  ParameterStates states_;
};

}  // namespace vs::train
