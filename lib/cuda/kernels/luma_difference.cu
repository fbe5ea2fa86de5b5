#include "lib/cuda/kernels/luma_difference.h"

#include <algorithm>
#include <stdexcept>

#include "lib/cuda/kernels/block_sum.h"
#include "lib/cuda/kernels/launch.h"
#include "lib/cuda/kernels/luma_sum.h"
#include "lib/cuda/kernels/units.h"

namespace vs::cuda {
namespace {

// Consecutive pairs that one block walks along: a plane is read once as the second of a pair and kept as the first of
// the next, and only every eighth plane is read twice.
constexpr int kPairsAtOnce = 8;
// Enough to fill a large GPU from one plane; each block ends with a sum over its threads, so there should not be many.
constexpr int64_t kMostBlocks = 1024;

using Group = Unit<uint32_t, 4>;
static_assert(sizeof(Group) == kLumaGroupBytes);

/// Up to 16 bytes of a row; zeros after its end, where the other plane has zeros too.
__device__ Group load_group(const uint8_t* from, int64_t bytes) {
  if (bytes >= kLumaGroupBytes && reinterpret_cast<uintptr_t>(from) % kLumaGroupBytes == 0)
    return *reinterpret_cast<const Group*>(from);
  Group group{};
  VS_UNROLL
  for (int i = 0; i < kLumaGroupBytes; ++i) {
    if (i < bytes) group.words[i / 4] |= uint32_t{from[i]} << i % 4 * 8;
  }
  return group;
}

template <int kSampleBytes>
__global__ void __launch_bounds__(kBlockThreads)
    add_differences(const DevicePlane* __restrict__ planes, int64_t pairs, int64_t row_bytes, int64_t height,
                    unsigned long long* __restrict__ sums) {
  const int64_t groups_of_row = (row_bytes + kLumaGroupBytes - 1) / kLumaGroupBytes;
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t first = int64_t{blockIdx.y} * kPairsAtOnce; first < pairs; first += int64_t{gridDim.y} * kPairsAtOnce) {
    unsigned long long own[kPairsAtOnce] = {};
    for (int64_t group = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; group < groups_of_row * height;
         group += stride) {
      const int64_t y = group / groups_of_row, x = group % groups_of_row * kLumaGroupBytes;
      const auto load = [&](int64_t i) { return load_group(planes[i].data + y * planes[i].pitch + x, row_bytes - x); };
      Group before = load(first);
      VS_UNROLL
      for (int pair = 0; pair < kPairsAtOnce; ++pair) {
        if (first + pair >= pairs) break;
        const Group after = load(first + pair + 1);
        VS_UNROLL
        for (int word = 0; word < 4; ++word)
          own[pair] += sum_of_differences<kSampleBytes>(before.words[word], after.words[word]);
        before = after;
      }
    }
    VS_UNROLL
    for (int pair = 0; pair < kPairsAtOnce; ++pair) {
      if (first + pair >= pairs) break;
      const unsigned long long total = block_sum(own[pair]);
      // Sums of integers do not depend on the order of the blocks.
      if (threadIdx.x == 0) atomicAdd(sums + first + pair, total);
    }
  }
}

}  // namespace

void luma_differences(const DevicePlane* planes, int64_t pairs, int64_t width, int64_t height, int bits, uint64_t* sums,
                      cudaStream_t stream) {
  if (bits < 8 || bits > 16) throw std::logic_error("luma difference of planes that do not hold 8 to 16 bits");
  if (pairs == 0) return;
  static_assert(sizeof(unsigned long long) == sizeof(uint64_t));
  check_cuda(cudaMemsetAsync(sums, 0, static_cast<std::size_t>(pairs) * sizeof(uint64_t), stream), "luma_differences");
  const int64_t row_bytes = width * (bits > 8 ? 2 : 1);
  const int64_t groups = (row_bytes + kLumaGroupBytes - 1) / kLumaGroupBytes * height;
  if (groups == 0) return;
  const dim3 grid(std::min(grid_blocks(groups, kBlockThreads), static_cast<unsigned>(kMostBlocks)),
                  grid_blocks(pairs, kPairsAtOnce));
  const auto kernel = bits > 8 ? add_differences<2> : add_differences<1>;
  VS_LAUNCH(kernel, grid, kBlockThreads, 0, stream)
  (planes, pairs, row_bytes, height, reinterpret_cast<unsigned long long*>(sums));
  check_launch("luma_differences");
}

}  // namespace vs::cuda
