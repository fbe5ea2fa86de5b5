// How kernels are launched: the syntax, the size of grids, the check afterwards. Only .cu files and their tests include
// it.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "lib/core/error.h"

// Tests compile kernels as C++ with an emulation in the place of cuda_runtime.h, which brings its own.
#ifndef VS_CUDA_EMULATION
/// VS_LAUNCH(kernel, grid, block, shared_bytes, stream)(arguments...)
#define VS_LAUNCH(kernel, grid, block, shared_bytes, stream) kernel<<<grid, block, shared_bytes, stream>>>
/// Declares the block's memory whose size the launch says, 16-byte aligned.
#define VS_DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
/// Most blocks along one axis of a grid; kernels loop over what is left. The y axis takes no more.
#define VS_MAX_BLOCKS 65535
/// Unrolls the loop that follows, so that an array it walks over stays in registers.
#define VS_UNROLL _Pragma("unroll")
#endif

namespace vs::cuda {

constexpr int kBlockThreads = 256;
constexpr int kWarpThreads = 32;

/// Blocks along one axis for `items` >= 1 of which a block takes `items_per_block` at a time, never more than a grid
/// holds.
inline unsigned grid_blocks(int64_t items, int64_t items_per_block = 1) {
  return static_cast<unsigned>(std::min<int64_t>((items - 1) / items_per_block + 1, VS_MAX_BLOCKS));
}

/// Throws RunError if a call of CUDA's for `kernel` did not succeed.
inline void check_cuda(cudaError_t status, const char* kernel) {
  if (status != cudaSuccess)
    throw RunError(std::string("GPU kernel ") + kernel, cudaGetErrorString(status), "use --device cpu");
}

/// Throws RunError if the launch of `kernel` just made was refused, or an earlier one failed.
inline void check_launch(const char* kernel) { check_cuda(cudaGetLastError(), kernel); }

}  // namespace vs::cuda
