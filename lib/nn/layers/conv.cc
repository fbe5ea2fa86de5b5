#include "lib/nn/layers/conv.h"

#include <ATen/autocast_mode.h>
#include <fmt/format.h>

#include <stdexcept>

#include "lib/core/error.h"
#include "lib/nn/layers/matrix_conv.h"

namespace vs::nn {
namespace {

ConvOptions completed(ConvOptions options) {
  const size_t axes = options.kernel.size();
  if (axes != 2 && axes != 3) throw std::logic_error("a convolution has two or three axes");
  if (options.stride.empty()) options.stride.assign(axes, 1);
  if (options.padding.empty()) options.padding.assign(axes, 0);
  if (options.dilation.empty()) options.dilation.assign(axes, 1);
  return options;
}

Axes weight_shape(const ConvOptions& options) {
  Axes shape{options.out_channels, options.in_channels / options.groups};
  shape.insert(shape.end(), options.kernel.begin(), options.kernel.end());
  return shape;
}

/// What the convolution makes of an input [N, in, ...]. Throws DataError for one that it does not take.
Axes output_shape(const ConvOptions& options, at::IntArrayRef input) {
  const size_t axes = options.kernel.size();
  Axes shape{input.empty() ? 0 : input[0], options.out_channels};
  bool fits = input.size() == axes + 2 && input[1] == options.in_channels;
  for (size_t i = 0; fits && i < axes; ++i) {
    const int64_t room = input[i + 2] + 2 * options.padding[i] - options.dilation[i] * (options.kernel[i] - 1) - 1;
    fits = room >= 0;
    shape.push_back(room / options.stride[i] + 1);
  }
  if (!fits)
    throw DataError("convolution", fmt::format("over {} axes of {} channels does not take [{}]", axes,
                                               options.in_channels, fmt::join(input.vec(), ", ")));
  return shape;
}

/// What mixed precision makes of an operand: at::convolution() is not among the operations that do so themselves.
at::Tensor in_autocast_type(const at::Tensor& x) {
  const auto device = x.device().type();
  if (x.is_meta() || !at::autocast::is_autocast_enabled(device)) return x;
  return at::autocast::cached_cast(at::autocast::get_autocast_dtype(device), x, device);
}

}  // namespace

Conv::Conv(ConvOptions options)
    : options_(completed(std::move(options))), weight_(parameter("weight", weight_shape(options_))) {
  if (options_.bias) bias_ = &parameter("bias", {options_.out_channels});
}

at::Tensor Conv::forward(const at::Tensor& x) {
  if (x.is_meta()) output_shape(options_, x.sizes());  // a clear refusal; the shape itself: lib/nn/meta_kernels.h
  const at::Tensor input = in_autocast_type(x), weight = in_autocast_type(weight_);
  // The layout of the weights says whether whoever trains wants it, as prepare() does for evaluation.
  const bool may_be_product = at::GradMode::is_enabled() && weight.requires_grad() &&
                              weight.suggest_memory_format() != at::MemoryFormat::Contiguous;
  if (may_be_product && trains_faster_as_product(options_, input))
    return convolution_as_product(input, weight, options_);
  const auto bias = bias_ ? std::optional<at::Tensor>(in_autocast_type(*bias_)) : std::nullopt;
  return at::convolution(input, weight, bias, options_.stride, options_.padding, options_.dilation, false,
                         Axes(options_.kernel.size(), 0), options_.groups);
}

ConvOptions square_conv(int64_t in_channels, int64_t out_channels, int64_t kernel, int64_t stride, int64_t padding,
                        bool bias) {
  return {.in_channels = in_channels,
          .out_channels = out_channels,
          .kernel = {kernel, kernel},
          .stride = {stride, stride},
          .padding = {padding, padding},
          .bias = bias};
}

}  // namespace vs::nn
