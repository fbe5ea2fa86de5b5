// Adam with decoupled weight decay.
#pragma once

#include "lib/train/optimizers/parameter_states.h"

namespace vs::train {

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999;  ///< of the means of gradient and of its square, in [0, 1)
  double epsilon = 1e-8;
};

/// Source: Loshchilov and Hutter, ICLR 2019, as PyTorch's AdamW defines the step.
/// State of each parameter: "step", "exp_avg", "exp_avg_sq".
class AdamW : public Optimizer {
 public:
  AdamW(std::vector<ParameterGroup> groups, AdamWOptions options);

  void step() override;
  std::vector<OptimizerState> state() override { return states_.list(); }
  void restore(const std::vector<std::pair<std::string, at::Tensor>>& state) override { states_.restore(state); }

 private:
  AdamWOptions options_;
  ParameterStates states_;
};

}  // namespace vs::train
