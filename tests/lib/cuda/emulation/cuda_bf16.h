// Stands in for CUDA's header of this name when kernels are compiled as C++ for a test.
#pragma once

#include "tests/lib/cuda/emulation/small_float.h"

// The names are CUDA's.
// NOLINTBEGIN(bugprone-reserved-identifier)
struct __nv_bfloat16 {
  uint16_t bits;
};

inline float __bfloat162float(__nv_bfloat16 value) { return vs::cuda::emulation::from_small<8, 7>(value.bits); }
inline __nv_bfloat16 __float2bfloat16(float value) { return {vs::cuda::emulation::to_small<8, 7>(value)}; }
// NOLINTEND(bugprone-reserved-identifier)
