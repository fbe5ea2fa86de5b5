#include "lib/nn/layers/linear_unit.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <stdexcept>
#include <string_view>

namespace vs::nn {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;

/// oneDNN's matrix product with what follows it, as LibTorch registers it for its compiler.
at::Tensor packed_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         std::string_view activation) {
  static const auto operation =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
          .typed<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, std::string_view,
                            Scalars, std::optional<std::string_view>)>();
  const auto optional_bias = bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt;
  // "none": the exact GELU; other activations take no notice of it.
  return operation.call(x, weight, optional_bias, activation, Scalars(), "none");
}

at::Tensor packed_linear_added(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight,
                               const at::Tensor& bias) {
  static const auto operation = c10::Dispatcher::singleton()
                                    .findSchemaOrThrow("mkldnn::_linear_pointwise", "binary")
                                    .typed<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                                      const std::optional<at::Tensor>&, std::string_view)>();
  return operation.call(x, residual, weight, bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt, "add");
}

at::Tensor packed_matrix(const at::Tensor& weight) {
  static const auto operation = c10::Dispatcher::singleton()
                                    .findSchemaOrThrow("mkldnn::_reorder_linear_weight", "")
                                    .typed<at::Tensor(const at::Tensor&, std::optional<int64_t>)>();
  return operation.call(weight, std::nullopt);
}

at::Tensor converted_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::linear(x, weight, bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt);
}

std::string_view fused_name(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return "none";
    case Activation::kRelu:
      return "relu";
    case Activation::kGelu:
      return "gelu";
    default:
      throw std::logic_error("no such activation behind a matrix product");
  }
}

}  // namespace

LinearUnit::LinearUnit(Linear& linear, Activation activation) : LinearUnit(linear.weight(), linear.bias(), activation) {
  linear_ = &linear;
}

LinearUnit::LinearUnit(const at::Tensor& weight, const at::Tensor& bias, Activation activation)
    : weight_(&weight), bias_(&bias), activation_(activation) {}

at::Tensor LinearUnit::operator()(const at::Tensor& x) const {
  if (packed_weight_.defined()) {
    if (!packed_weight_.is_cpu())
      return activate(converted_linear(x.to(type_), packed_weight_, packed_bias_), activation_);
    return packed_linear(x.to(type_).contiguous(), packed_weight_, packed_bias_, fused_name(activation_));
  }
  if (linear_) return activate((*linear_)(x), activation_);
  return activate(at::linear(x, *weight_, bias_->defined() ? std::optional<at::Tensor>(*bias_) : std::nullopt),
                  activation_);
}

at::Tensor LinearUnit::operator()(const at::Tensor& x, const at::Tensor& residual) const {
  if (activation_ != Activation::kNone) throw std::logic_error("a sum follows no activation");
  if (!prepared()) return residual + (*this)(x);
  if (!packed_weight_.is_cpu()) return (*this)(x).add_(residual);
  return packed_linear_added(x.to(type_).contiguous(), residual.to(type_).contiguous(), packed_weight_, packed_bias_);
}

void LinearUnit::prepare(const InferenceOptions& options) {
  const at::NoGradGuard no_gradients;
  type_ = options.dtype;
  const at::Tensor matrix = weight_->detach().flatten(1).to(type_).contiguous();
  packed_weight_ = matrix.is_cpu() ? packed_matrix(matrix) : matrix;
  packed_bias_ = bias_->defined() ? bias_->detach().to(type_) : at::Tensor();
}

void LinearUnit::unprepare() {
  packed_weight_.reset();
  packed_bias_.reset();
}

}  // namespace vs::nn
