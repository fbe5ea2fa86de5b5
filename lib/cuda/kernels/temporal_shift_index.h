// Which segment a value of the temporal shift comes from.
#pragma once

#include <cstdint>

#include "lib/cuda/kernels/host_device.h"

namespace vs::cuda {

/// Segments between a value and its source: 1 for the first part of the channels [0, first), -1 for the second
/// [first, shifted), 0 beyond; the gradient (`reverse`) goes the other way.
template <class Index>
VS_HOST_DEVICE inline int shift_step(Index column, Index first, Index shifted, bool reverse) {
  if (column >= shifted) return 0;
  return (column < first) != reverse ? 1 : -1;
}

}  // namespace vs::cuda
