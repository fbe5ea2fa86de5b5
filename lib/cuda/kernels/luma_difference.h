// Sums of absolute differences of consecutive luma planes on a GPU; lib/motion/absolute_difference.h on the CPU.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "lib/cuda/kernels/device_plane.h"

namespace vs::cuda {

/// sums[i] = the sum of |planes[i] - planes[i + 1]| over all samples, exact, 0 <= i < pairs.
/// planes: `pairs` + 1 entries in device memory; planes of width x height samples of `bits` bits (8, or 9 to 16 in two
/// bytes little-endian), at any address and pitch, fastest at multiples of 16. sums: device memory.
/// Throws std::logic_error for bits not 8 to 16, RunError if the launch fails.
void luma_differences(const DevicePlane* planes, int64_t pairs, int64_t width, int64_t height, int bits, uint64_t* sums,
                      cudaStream_t stream);

}  // namespace vs::cuda
