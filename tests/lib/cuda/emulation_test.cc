#include <cuda_runtime.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "lib/cuda/kernels/block_sum.h"
#include "lib/cuda/kernels/launch.h"

namespace vs::cuda {
namespace {

void reverse_in_shared_memory(int* values) {
  VS_DYNAMIC_SHARED(memory);
  int* const held = reinterpret_cast<int*>(memory);
  const unsigned i = threadIdx.x, threads = blockDim.x;
  held[i] = values[blockIdx.x * threads + i];
  __syncthreads();
  values[blockIdx.x * threads + i] = held[threads - 1 - i];
}

void sum_numbers(int64_t* sums) {
  const int64_t sum = block_sum(int64_t{threadIdx.x}), again = block_sum(int64_t{1});
  if (threadIdx.x == 0) sums[blockIdx.x] = sum * 1000 + again;
}

void leave_before_barrier(int* leavers) {
  if (threadIdx.x < static_cast<unsigned>(*leavers)) return;
  __syncthreads();
}

void leave_before_shuffle(int* leavers) {
  if (threadIdx.x < static_cast<unsigned>(*leavers)) return;
  *leavers += __shfl_down_sync(0xffffffffU, 1, 1);
}

/// Whether a child that runs the work ends by abort().
template <class Work>
bool aborts(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    // Silent, and without doctest's handler, which would report a test that failed.
    close(STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

TEST_CASE("barriers order the threads of a block") {
  std::vector<int> values(std::size_t{5} * 96);
  std::iota(values.begin(), values.end(), 0);
  VS_LAUNCH(reverse_in_shared_memory, 5, 96, 96 * sizeof(int), nullptr)(values.data());
  check_launch("reverse");
  for (int i = 0; i < 5 * 96; ++i) CHECK(values[static_cast<std::size_t>(i)] == i / 96 * 96 + 95 - i % 96);
}

TEST_CASE("sums over a block") {
  std::vector<int64_t> sums(3);
  VS_LAUNCH(sum_numbers, 3, kBlockThreads, 0, nullptr)(sums.data());
  for (const int64_t sum : sums) CHECK(sum == 1000 * (256 * 255 / 2) + 256);
}

TEST_CASE("threads that leave before the others' barrier end the program") {
  for (const int leavers : {0, 1, 95, 96}) {
    int count = leavers;
    CHECK(aborts([&] { VS_LAUNCH(leave_before_barrier, 1, 96, 0, nullptr)(&count); }) == (leavers % 96 != 0));
  }
  int leavers = 3;
  CHECK(aborts([&] { VS_LAUNCH(leave_before_shuffle, 1, 64, 0, nullptr)(&leavers); }));
  leavers = 0;
  CHECK(aborts([&] { VS_LAUNCH(leave_before_shuffle, 1, 48, 0, nullptr)(&leavers); }));
}

TEST_CASE("a launch that a GPU refuses is an error") {
  int none = 0;
  VS_LAUNCH(leave_before_barrier, 1, 2048, 0, nullptr)(&none);
  CHECK_THROWS_AS(check_launch("too many threads"), RunError);
  check_launch("the error is gone");
  VS_LAUNCH(leave_before_barrier, 0, 32, 0, nullptr)(&none);
  CHECK_THROWS_WITH_AS(check_launch("none"), "GPU kernel none: invalid configuration argument (use --device cpu)",
                       RunError);
  VS_LAUNCH(leave_before_barrier, dim3(1, 65536), 32, 0, nullptr)(&none);
  CHECK_THROWS_AS(check_launch("too high"), RunError);
  VS_LAUNCH(leave_before_barrier, 1, 32, 1 << 20, nullptr)(&none);
  CHECK_THROWS_AS(check_launch("too much memory"), RunError);
  CHECK_THROWS_AS(
      check_cuda(cudaFuncSetAttribute(leave_before_barrier, cudaFuncAttributeMaxDynamicSharedMemorySize, 1 << 20),
                 "too much memory"),
      RunError);
}

TEST_CASE("numbers of 16 bits") {
  for (int bits = 0; bits < 65536; ++bits) {
    const __half half{static_cast<uint16_t>(bits)};
    const __nv_bfloat16 brain{static_cast<uint16_t>(bits)};
    if (!std::isnan(__half2float(half))) REQUIRE(__float2half(__half2float(half)).bits == bits);
    if (!std::isnan(__bfloat162float(brain))) REQUIRE(__float2bfloat16(__bfloat162float(brain)).bits == bits);
    const uint32_t wide = static_cast<uint32_t>(bits) << 16;
    float value = 0;
    std::memcpy(&value, &wide, 4);
    if (!std::isnan(value)) REQUIRE(__bfloat162float(brain) == value);
  }
  CHECK(__float2half(1).bits == 0x3c00);
  CHECK(__float2half(1 + 0x1p-11F).bits == 0x3c00);
  CHECK(__float2half(1 + 0x1.8p-10F).bits == 0x3c02);
  CHECK(__float2half(65504).bits == 0x7bff);
  CHECK(__float2half(65520).bits == 0x7c00);
  CHECK(__float2half(0x1p-24F).bits == 1);
  CHECK(std::isnan(__half2float(__float2half(std::numeric_limits<float>::quiet_NaN()))));
}

}  // namespace
}  // namespace vs::cuda
