// Stands in for CUDA's header of this name when kernels are compiled as C++ for a test.
#pragma once

#include "tests/lib/cuda/emulation/small_float.h"

// The names are CUDA's.
// NOLINTBEGIN(bugprone-reserved-identifier)
struct __half {
  uint16_t bits;
};

inline float __half2float(__half value) { return vs::cuda::emulation::from_small<5, 10>(value.bits); }
inline __half __float2half(float value) { return {vs::cuda::emulation::to_small<5, 10>(value)}; }
// NOLINTEND(bugprone-reserved-identifier)
