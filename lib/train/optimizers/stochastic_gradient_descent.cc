#include "lib/train/optimizers/stochastic_gradient_descent.h"

namespace vs::train {

StochasticGradientDescent::StochasticGradientDescent(std::vector<ParameterGroup> groups, double momentum, bool nesterov)
    : Optimizer(std::move(groups)),
      momentum_(momentum),
      nesterov_(nesterov),
      states_(groups_, momentum > 0 ? std::vector<StateKind>{{.name = "momentum_buffer"}} : std::vector<StateKind>{}) {}

void StochasticGradientDescent::step() {
  const at::NoGradGuard no_grad;
  for (const UpdateBatch& batch : states_.batches(rates_)) {
    const at::TensorList buffers = batch.states.empty() ? at::TensorList() : at::TensorList(batch.states[0]);
    // A buffer of zeros makes the first step no special case.
    at::_fused_sgd_(batch.parameters, batch.gradients, buffers, batch.weight_decay, momentum_, batch.learning_rate,
                    /*dampening=*/0, nesterov_, /*maximize=*/false, /*is_first_step=*/false);
  }
}

}  // namespace vs::train
