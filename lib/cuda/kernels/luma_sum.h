// Sums of absolute differences of samples, four bytes at a time.
#pragma once

#include <cstdint>

#include "lib/cuda/kernels/host_device.h"

namespace vs::cuda {

/// Bytes of a row that one thread takes at once, whatever the samples' size.
constexpr int kLumaGroupBytes = 16;

/// Sum of |a - b| over the samples that fill four bytes, of 1 or 2 bytes each, little-endian.
template <int kSampleBytes>
VS_HOST_DEVICE inline uint32_t sum_of_differences(uint32_t a, uint32_t b) {
#ifdef __CUDA_ARCH__
  if constexpr (kSampleBytes == 1) return __vsadu4(a, b);
  return __vsadu2(a, b);
#else
  constexpr int kBits = 8 * kSampleBytes;
  constexpr uint32_t kSample = (1U << kBits) - 1;
  uint32_t sum = 0;
  for (int shift = 0; shift < 32; shift += kBits) {
    const uint32_t va = a >> shift & kSample, vb = b >> shift & kSample;
    sum += va > vb ? va - vb : vb - va;
  }
  return sum;
#endif
}

}  // namespace vs::cuda
