#include "lib/train/optimizers/adamw.h"

namespace vs::train {

AdamW::AdamW(std::vector<ParameterGroup> groups, AdamWOptions options)
    : Optimizer(std::move(groups)),
      options_(options),
      states_(groups_, {{.name = "step", .scalar = true}, {.name = "exp_avg"}, {.name = "exp_avg_sq"}}) {}

void AdamW::step() {
  const at::NoGradGuard no_grad;
  for (const UpdateBatch& batch : states_.batches(rates_)) {
    at::_foreach_add_(batch.states[0], 1);
    at::_fused_adamw_(batch.parameters, batch.gradients, batch.states[1], batch.states[2], /*max_exp_avg_sqs=*/{},
                      batch.states[0], batch.learning_rate, options_.beta1, options_.beta2, batch.weight_decay,
                      options_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
}

}  // namespace vs::train
