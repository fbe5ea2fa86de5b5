// What an optimiser remembers of every parameter, and the parameters that a step moves.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/train/optimizers/optimizer.h"

namespace vs::train {

/// One kind of tensor that is remembered of each parameter.
struct StateKind {
  std::string name;     ///< such as "exp_avg"
  bool scalar = false;  ///< one float32 number, else of the parameter's shape, type and memory layout
};

/// Parameters that have a gradient and share a rate and a decay; the lists are parallel.
struct UpdateBatch {
  double learning_rate = 0, weight_decay = 0;
  std::vector<at::Tensor> parameters, gradients;
  std::vector<std::vector<at::Tensor>> states;  ///< [kind][parameter]
};

/// The tensors under "<kind>.<parameter>", zero from the first step with a gradient on. Borrows the parameters.
class ParameterStates {
 public:
  ParameterStates(const std::vector<ParameterGroup>& groups, std::vector<StateKind> kinds);

  /// What a step works on: parameters without gradient are left out. rates: one a group. Gradients and
  /// states lie in memory as their parameters do, which LibTorch's fused kernels take for granted.
  std::vector<UpdateBatch> batches(std::span<const double> rates);

  /// See Optimizer::state() and Optimizer::restore(). What restore() is not given is forgotten; nothing changes when it
  /// throws.
  std::vector<OptimizerState> list();
  void restore(const std::vector<std::pair<std::string, at::Tensor>>& state);

 private:
  struct Remembered {
    nn::Entry parameter;
    size_t group = 0;
    double weight_decay = 0;
    std::vector<at::Tensor> tensors;  ///< one a kind; empty before the first step
  };
  at::Tensor blank(const Remembered& of, const StateKind& kind) const;

  std::vector<StateKind> kinds_;
  std::vector<Remembered> remembered_;
};

}  // namespace vs::train
