#include "lib/nn/layers/conv_unit.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <string_view>

namespace vs::nn {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;

/// oneDNN's convolution with what follows it, as LibTorch registers it for its compiler.
at::Tensor packed_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                              const ConvOptions& options, std::string_view activation, const Scalars& scalars) {
  static const auto operation =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_convolution_pointwise", "")
          .typed<at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, c10::IntArrayRef,
                            c10::IntArrayRef, c10::IntArrayRef, int64_t, std::string_view, Scalars,
                            std::optional<std::string_view>)>();
  return operation.call(x, weight, bias, options.padding, options.stride, options.dilation, options.groups, activation,
                        scalars, std::nullopt);
}

/// sum = activation(sum + convolution). The one that returns a new tensor is no use: it lays out its result in the
/// wrong order first and copies that, which takes longer than a copy of the residual (LibTorch 2.11).
void add_packed_convolution(at::Tensor& sum, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            const ConvOptions& options, std::optional<std::string_view> activation) {
  static const auto operation =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_convolution_pointwise_", "binary")
          .typed<at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                             c10::IntArrayRef, c10::IntArrayRef, c10::IntArrayRef, int64_t, std::string_view,
                             std::optional<at::Scalar>, std::optional<std::string_view>, Scalars,
                             std::optional<std::string_view>)>();
  operation.call(sum, x, weight, bias, options.padding, options.stride, options.dilation, options.groups, "add",
                 std::nullopt, activation, Scalars(), std::nullopt);
}

at::Tensor packed_weight(const at::Tensor& weight, const ConvOptions& options, at::IntArrayRef input) {
  static const auto operation = c10::Dispatcher::singleton()
                                    .findSchemaOrThrow("mkldnn::_reorder_convolution_weight", "")
                                    .typed<at::Tensor(const at::Tensor&, c10::IntArrayRef, c10::IntArrayRef,
                                                      c10::IntArrayRef, int64_t, at::OptionalIntArrayRef)>();
  return operation.call(weight, options.padding, options.stride, options.dilation, options.groups, input);
}

at::MemoryFormat channels_last(const Conv& conv) {
  return conv.options().kernel.size() == 3 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast;
}

}  // namespace

ConvUnit::ConvUnit(Conv& conv, BatchNorm* norm, Activation activation)
    : conv_(&conv), norm_(norm), activation_(activation) {}

at::Tensor ConvUnit::run(const at::Tensor& x, const at::Tensor* residual) {
  if (folded_weight_.defined()) return run_packed(x, residual);
  at::Tensor y = (*conv_)(x);
  if (norm_) y = (*norm_)(y);
  if (residual) y = y + *residual;
  return activate(y, activation_);
}

at::Tensor ConvUnit::run_folded(const at::Tensor& x, const at::Tensor* residual) const {
  const ConvOptions& options = conv_->options();
  const at::Tensor input = x.to(folded_weight_.scalar_type()).contiguous(channels_last(*conv_));
  at::Tensor y = at::convolution(input, folded_weight_, folded_bias_, options.stride, options.padding, options.dilation,
                                 false, Axes(options.kernel.size(), 0), options.groups);
  if (residual) y.add_(*residual);
  if (activation_ == Activation::kRelu) return y.relu_();
  return activate(y, activation_);
}

at::Tensor ConvUnit::run_packed(const at::Tensor& x, const at::Tensor* residual) {
  if (!folded_weight_.is_cpu()) return run_folded(x, residual);
  if (may_use_winograd_ && WinogradConv::worthwhile(conv_->options(), x.sizes())) {
    if (!winograd_) winograd_.emplace(conv_->options(), folded_weight_, folded_bias_, activation_);
    return (*winograd_)(x, residual);
  }
  const auto type = folded_weight_.scalar_type();
  const at::Tensor input = x.to(type).contiguous(channels_last(*conv_));
  // Each packing is a copy of the weights: images of ever new sizes must not pile them up.
  constexpr size_t kMostPackings = 4;
  const std::vector<int64_t> shape = input.sizes().vec();
  if (packed_.size() >= kMostPackings && !packed_.contains(shape)) packed_.clear();
  at::Tensor& weight = packed_[shape];
  if (!weight.defined()) weight = packed_weight(folded_weight_, conv_->options(), input.sizes());
  // In bfloat16 the sum is rounded once, where the convolution adds; in float32 adding afterwards is as exact and saves
  // a copy. LibTorch cannot describe an addition to maps of one position to oneDNN ("could not create a memory").
  const bool one_position = residual && residual->numel() == residual->size(0) * residual->size(1);
  if (residual && type != at::kFloat && !one_position && activation_ != Activation::kRelu6) {
    at::Tensor sum = at::empty(residual->sizes(), input.options(), channels_last(*conv_)).copy_(*residual);
    const auto name = activation_ == Activation::kRelu ? std::optional<std::string_view>("relu") : std::nullopt;
    add_packed_convolution(sum, input, weight, folded_bias_, conv_->options(), name);
    return sum;
  }
  Scalars scalars;
  std::string_view name = "none";
  if (!residual && activation_ == Activation::kRelu) name = "relu";
  if (!residual && activation_ == Activation::kRelu6) {
    name = "hardtanh";
    scalars.push_back(at::Scalar(0.0));
    scalars.push_back(at::Scalar(6.0));
  }
  at::Tensor y = packed_convolution(input, weight, folded_bias_, conv_->options(), name, scalars);
  if (!residual) return y;
  if (activation_ == Activation::kRelu && type == at::kFloat) return at::_add_relu_(y, residual->to(type));
  return activate(y.add_(*residual), activation_);
}

void ConvUnit::prepare(const InferenceOptions& options) {
  unprepare();
  const at::NoGradGuard no_gradients;
  // In double: folding is done once, and its rounding would otherwise add to every result.
  at::Tensor weight = conv_->weight().to(at::kDouble);
  at::Tensor bias =
      conv_->bias().defined() ? conv_->bias().to(at::kDouble) : at::zeros({weight.size(0)}, weight.options());
  if (norm_) {
    const at::Tensor scale =
        norm_->weight().to(at::kDouble) / (norm_->running_var().to(at::kDouble) + norm_->epsilon()).sqrt();
    Axes shape(static_cast<size_t>(weight.dim()), 1);
    shape[0] = weight.size(0);
    weight = weight * scale.view(shape);
    bias = (bias - norm_->running_mean().to(at::kDouble)) * scale + norm_->bias().to(at::kDouble);
  }
  // oneDNN has an order of its own for weights; the kernels of a GPU take them as the maps are.
  folded_weight_ = weight.is_cpu() ? weight.to(options.dtype).contiguous()
                                   : weight.to(options.dtype).contiguous(channels_last(*conv_));
  folded_bias_ = bias.to(options.dtype);
  may_use_winograd_ = weight.is_cpu() && options.dtype == at::kFloat && WinogradConv::possible(conv_->options());
}

void ConvUnit::unprepare() {
  folded_weight_.reset();
  folded_bias_.reset();
  packed_.clear();
  may_use_winograd_ = false;
  winograd_.reset();
}

}  // namespace vs::nn
