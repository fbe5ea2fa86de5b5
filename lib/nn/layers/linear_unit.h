// A product with a matrix and the activation after it as one step.
#pragma once

#include "lib/nn/layers/activation.h"
#include "lib/nn/layers/linear.h"

namespace vs::nn {

/// activation(x W^T + b) over the last axis. Evaluated part by part until its owner, in prepare_self(), calls
/// prepare(): then the matrix is packed for the machine, and the activation happens where the product is written; the
/// result has the type that was asked for. On other devices than the CPU the matrix is only converted. kNone, kRelu and
/// kGelu only.
class LinearUnit {
 public:
  /// The layer is borrowed.
  explicit LinearUnit(Linear& linear, Activation activation = Activation::kNone);
  /// A matrix that its owner names itself, [out, in...]: all axes but the first count as one; borrowed.
  LinearUnit(const at::Tensor& weight, const at::Tensor& bias, Activation activation = Activation::kNone);

  at::Tensor operator()(const at::Tensor& x) const;
  /// x W^T + b + residual, of the residual's shape; for units without activation.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& residual) const;
  bool prepared() const { return packed_weight_.defined(); }

  void prepare(const InferenceOptions& options);
  void unprepare();

 private:
  Linear* linear_ = nullptr;
  const at::Tensor* weight_;
  const at::Tensor* bias_;
  Activation activation_;
  at::Tensor packed_weight_, packed_bias_;
  at::ScalarType type_ = at::kFloat;
};

}  // namespace vs::nn
