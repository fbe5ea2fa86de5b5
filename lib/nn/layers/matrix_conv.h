// Convolutions as matrix products, for training.
#pragma once

#include "lib/nn/layers/conv.h"

namespace vs::nn {

/// Products of input and output channels from which on the order of weights in memory matters to the time of a step.
constexpr int64_t kManyWeights = 1 << 14;

/// Whether a convolution of an input [N, C, (T,) H, W] on the CPU trains faster as a matrix product.
///
/// oneDNN brings the weights into an order of its own in each of its three passes, and their gradient back; where a
/// kernel meets few positions that takes longer than its arithmetic. A matrix product takes them as they are, which
/// pays for kernels of one position always, and for larger ones where gathering what each position sees is cheap
/// against the weights; small weights are reordered in no time. Measured: the layers of ResNet-18 and ResNet-50 at 112
/// and 224 px on two cores with AVX-512.
bool trains_faster_as_product(const ConvOptions& options, const at::Tensor& x);

/// The convolution of x [N, C, (T,) H, W] by weight [out, C, kernel...] of the same type, without groups, dilation or
/// bias: at::convolution() to rounding, with gradients. The result and the weight's gradient lie in memory with the
/// channels last.
at::Tensor convolution_as_product(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options);

}  // namespace vs::nn
