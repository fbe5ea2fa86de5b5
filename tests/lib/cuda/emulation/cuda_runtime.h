// Stands in for CUDA's header of this name when kernels are compiled as C++ for a test
// (-x c++ -DVS_CUDA_EMULATION -Itests/lib/cuda/emulation).
//
// A launch runs every block to its end, one after the other, in an order that changes from launch to launch. The
// threads of a block are fibers, which change over at barriers and shuffles only, in an order that changes from turn to
// turn: a barrier that is missing shows as a wrong result. A barrier or shuffle that some threads of the block or warp
// never reach ends the program with a message. Memory is the process's own, so that sanitizers see what kernels do with
// it.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <cstring>
#include <functional>

// The names are CUDA's.
// NOLINTBEGIN(bugprone-reserved-identifier)
#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)
// Blocks run one after the other.
#define __shared__ static

// Few, so that the loops of kernels over more blocks than a grid has are run.
#define VS_MAX_BLOCKS 3
#define VS_UNROLL
#define VS_LAUNCH(kernel, grid, block, shared_bytes, stream) \
  ::vs::cuda::emulation::launcher(kernel, grid, block, shared_bytes, stream)
#define VS_DYNAMIC_SHARED(name) unsigned char* const name = ::vs::cuda::emulation::dynamic_shared()

struct uint3 {
  unsigned x = 0, y = 0, z = 0;
};

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  dim3(unsigned width = 1, unsigned height = 1, unsigned depth = 1) : x(width), y(height), z(depth) {}
};

inline uint3 threadIdx, blockIdx;
inline dim3 blockDim, gridDim;

void __syncthreads();

namespace vs::cuda::emulation {

/// The block's memory whose size the launch gave.
unsigned char* dynamic_shared();

/// What another thread of the warp passes in the same call. All threads of the warp call it; `lane` in [0, 32).
uint64_t exchange(uint64_t bits, unsigned lane);

/// The current thread's number in its warp.
unsigned lane_of_thread();

/// Runs `thread` for every thread of the grid. A configuration that a GPU refuses becomes the last error.
void run_grid(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& thread);

/// The most dynamic memory a block of any kernel may have from now on, 48 KiB at first, as CUDA counts it.
void set_most_shared_bytes(std::size_t bytes);

template <class... Parameters>
auto launcher(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, cudaStream_t) {
  return [=](Parameters... arguments) { run_grid(grid, block, shared_bytes, [&] { kernel(arguments...); }); };
}

}  // namespace vs::cuda::emulation

template <class Kernel>
cudaError_t cudaFuncSetAttribute(Kernel*, cudaFuncAttribute, int bytes) {
  // What an A100 gives to a block at most.
  constexpr int kMost = 163 * 1024;
  if (bytes > kMost) return cudaErrorInvalidValue;
  vs::cuda::emulation::set_most_shared_bytes(static_cast<std::size_t>(bytes));
  return cudaSuccess;
}

template <class T>
T __shfl_down_sync(unsigned, T value, unsigned step) {
  static_assert(sizeof(T) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  const unsigned lane = vs::cuda::emulation::lane_of_thread();
  bits = vs::cuda::emulation::exchange(bits, lane + step < 32 ? lane + step : lane);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline unsigned long long atomicAdd(unsigned long long* to, unsigned long long value) {
  const unsigned long long before = *to;
  *to += value;
  return before;
}
// NOLINTEND(bugprone-reserved-identifier)
