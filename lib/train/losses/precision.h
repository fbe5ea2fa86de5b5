// The precision in which losses are computed.
#pragma once

#include "lib/nn/torch.h"

namespace vs::train {

/// Single precision at least: half precision is too coarse for logarithms of sums and for small differences.
inline at::ScalarType wide_type(const at::Tensor& x) { return at::promote_types(x.scalar_type(), at::kFloat); }

/// The tensor in wide_type(); itself where it has it.
inline at::Tensor widened(const at::Tensor& x) { return x.to(wide_type(x)); }

}  // namespace vs::train
