// Convolution with 3 x 3 kernels in a quarter of the multiplications.
#pragma once

#include "lib/nn/layers/activation.h"
#include "lib/nn/layers/conv.h"

namespace vs::nn {

/// A float32 convolution with 3 x 3 (1 x 3 x 3 over clips) kernels, made ready for one set of weights, with what
/// follows it: activation(conv(x) + bias [+ residual]).
///
/// Tiles of 4 x 4 results are made by 36 products a pair of channels instead of 144. Results differ from those of the
/// plain convolution by rounding, some 3e-6 of the largest; they are the same to the bit for any number of threads and
/// whatever else is in the batch. A NaN or infinity spreads over the tiles that see it. The weights take four times
/// the memory of the plain ones.
/// Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, F(4x4, 3x3).
class WinogradConv {
 public:
  /// Whether a convolution is one of this kind and this machine has the instructions for it.
  static bool possible(const ConvOptions& options);
  /// Whether it is faster than a plain one on inputs of this shape [N, C, (T,) H, W]. Only for possible ones.
  static bool worthwhile(const ConvOptions& options, at::IntArrayRef input);

  /// weight [out, in, (1,) 3, 3] and bias [out] of floating-point type; kNone, kRelu and kRelu6 only.
  WinogradConv(const ConvOptions& options, const at::Tensor& weight, const at::Tensor& bias, Activation activation);

  /// x [N, in, (T,) H, W] -> [N, out, (T,) ...], channels last in memory; residual: null, or of the result's shape.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor* residual) const;

 private:
  ConvOptions options_;
  at::Tensor weight_;  ///< transformed, in the order in which products take it: see winograd.cc
  at::Tensor bias_;    ///< rounded up to whole panels by zeros
  float low_, high_;   ///< results are kept within
};

}  // namespace vs::nn
