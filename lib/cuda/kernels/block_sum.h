// Sums over the threads of a block, always added in the same order. Only .cu files include it.
#pragma once

#include "lib/cuda/kernels/launch.h"

namespace vs::cuda {

/// The sum of `value` over a block of kBlockThreads threads, which all call it; valid in thread 0. Ends with a barrier,
/// so that it may be called again at once.
template <class T>
__device__ T block_sum(T value) {
  constexpr int kWarps = kBlockThreads / kWarpThreads;
  constexpr unsigned kWholeWarp = 0xffffffffU;
  __shared__ T of_warp[kWarps];
  for (int step = kWarpThreads / 2; step > 0; step /= 2) value += __shfl_down_sync(kWholeWarp, value, step);
  if (threadIdx.x % kWarpThreads == 0) of_warp[threadIdx.x / kWarpThreads] = value;
  __syncthreads();
  T total = 0;
  if (threadIdx.x == 0) {
    for (int warp = 0; warp < kWarps; ++warp) total += of_warp[warp];
  }
  __syncthreads();
  return total;
}

}  // namespace vs::cuda
