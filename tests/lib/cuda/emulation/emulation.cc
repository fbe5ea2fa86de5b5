#include <cuda_runtime.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace vs::cuda::emulation {
namespace {

constexpr std::size_t kStackBytes = std::size_t{128} << 10;
constexpr unsigned kMostThreads = 1024, kWarp = 32, kMostBlocksBeyondX = 65535;

enum class State { kReady, kAtBarrier, kAtShuffle, kDone };

struct Fiber {
  std::unique_ptr<char[]> stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
  ucontext_t context;
  State state = State::kReady;
  uint3 index;
  // Two, used in turn: a warp that has gone on to its next shuffle leaves the values of the last one alone.
  uint64_t passed[2] = {};
  unsigned shuffles = 0;
  void* fake_stack = nullptr;
};

[[noreturn]] void stop(const char* finding) {
  std::fprintf(stderr, "CUDA emulation: block %u,%u,%u: %s\n", blockIdx.x, blockIdx.y, blockIdx.z, finding);
  std::abort();
}

/// The block that runs, its threads and the way between them and the loop that resumes them.
class Block {
 public:
  void run(unsigned threads, const std::function<void()>& thread);
  void wait(State state);
  Fiber& current() { return *fibers_[current_]; }
  unsigned current_number() const { return current_; }
  Fiber& fiber(unsigned number) { return *fibers_[number]; }
  unsigned threads() const { return threads_; }
  std::mt19937& order() { return order_; }

 private:
  static void start();
  void resume(unsigned number);
  bool release();

  std::vector<std::unique_ptr<Fiber>> fibers_;
  unsigned threads_ = 0, current_ = 0;
  const std::function<void()>* thread_ = nullptr;
  ucontext_t loop_;
  std::mt19937 order_{1};
#ifdef __SANITIZE_ADDRESS__
  void* loop_fake_stack_ = nullptr;
  const void* loop_stack_ = nullptr;
  std::size_t loop_stack_bytes_ = 0;
#endif
};

Block& the_block() {
  static Block block;
  return block;
}

void Block::start() {
  Block& block = the_block();
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, &block.loop_stack_, &block.loop_stack_bytes_);
#endif
  (*block.thread_)();
  Fiber& own = block.current();
  own.state = State::kDone;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(nullptr, block.loop_stack_, block.loop_stack_bytes_);
#endif
  swapcontext(&own.context, &block.loop_);
}

void Block::wait(State state) {
  Fiber& own = current();
  own.state = state;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(&own.fake_stack, loop_stack_, loop_stack_bytes_);
#endif
  swapcontext(&own.context, &loop_);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(own.fake_stack, &loop_stack_, &loop_stack_bytes_);
#endif
}

void Block::resume(unsigned number) {
  current_ = number;
  Fiber& own = *fibers_[number];
  threadIdx = own.index;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(&loop_fake_stack_, own.stack.get(), kStackBytes);
#endif
  swapcontext(&loop_, &own.context);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(loop_fake_stack_, nullptr, nullptr);
#endif
}

/// Lets those go on who have all come. False if nobody may.
bool Block::release() {
  const auto all = [&](unsigned first, unsigned end, State state) {
    for (unsigned i = first; i < end; ++i) {
      if (fibers_[i]->state != state) return false;
    }
    for (unsigned i = first; i < end; ++i) fibers_[i]->state = State::kReady;
    return true;
  };
  if (all(0, threads_, State::kAtBarrier)) return true;
  bool any = false;
  for (unsigned first = 0; first < threads_; first += kWarp)
    any |= all(first, std::min(first + kWarp, threads_), State::kAtShuffle);
  return any;
}

void Block::run(unsigned threads, const std::function<void()>& thread) {
  threads_ = threads;
  thread_ = &thread;
  while (fibers_.size() < threads) fibers_.push_back(std::make_unique<Fiber>());
  for (unsigned i = 0; i < threads; ++i) {
    Fiber& fiber = *fibers_[i];
    fiber.state = State::kReady;
    fiber.shuffles = 0;
    fiber.index = {i % blockDim.x, i / blockDim.x % blockDim.y, i / (blockDim.x * blockDim.y)};
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, start, 0);
  }
  std::vector<unsigned> turn(threads);
  std::iota(turn.begin(), turn.end(), 0U);
  for (;;) {
    std::shuffle(turn.begin(), turn.end(), order_);
    for (const unsigned i : turn) {
      if (fibers_[i]->state == State::kReady) resume(i);
    }
    const bool done = std::all_of(fibers_.begin(), fibers_.begin() + threads,
                                  [](const auto& fiber) { return fiber->state == State::kDone; });
    if (done) return;
    if (!release()) stop("some threads wait at a barrier or shuffle that others never reach");
  }
}

std::mutex one_launch;  // at a time: there is one block
thread_local cudaError_t last_error = cudaSuccess;
std::size_t most_shared_bytes = std::size_t{48} << 10;
std::vector<uint64_t> shared;

bool configuration_ok(const dim3& grid, const dim3& block, std::size_t shared_bytes) {
  const uint64_t threads = uint64_t{block.x} * block.y * block.z;
  return grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.y <= kMostBlocksBeyondX && grid.z <= kMostBlocksBeyondX &&
         threads > 0 && threads <= kMostThreads && shared_bytes <= most_shared_bytes;
}

}  // namespace

unsigned char* dynamic_shared() { return reinterpret_cast<unsigned char*>(shared.data()); }

void set_most_shared_bytes(std::size_t bytes) {
  const std::lock_guard lock(one_launch);
  most_shared_bytes = std::max(most_shared_bytes, bytes);
}

unsigned lane_of_thread() { return the_block().current_number() % kWarp; }

uint64_t exchange(uint64_t bits, unsigned lane) {
  Block& block = the_block();
  if (block.threads() % kWarp != 0) stop("a shuffle of a warp that is not whole");
  Fiber& own = block.current();
  const unsigned first = block.current_number() / kWarp * kWarp, slot = own.shuffles++ % 2;
  own.passed[slot] = bits;
  block.wait(State::kAtShuffle);
  return block.fiber(first + lane).passed[slot];
}

void run_grid(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& thread) {
  const std::lock_guard lock(one_launch);
  if (!configuration_ok(grid, block, shared_bytes)) {
    last_error = cudaErrorInvalidConfiguration;
    return;
  }
  gridDim = grid;
  blockDim = block;
  std::vector<uint3> blocks;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) blocks.push_back({x, y, z});
    }
  }
  std::shuffle(blocks.begin(), blocks.end(), the_block().order());
  for (const uint3& index : blocks) {
    blockIdx = index;
    // A block finds nothing of use in its memory.
    std::vector<uint64_t>((shared_bytes + 7) / 8, 0xa5a5a5a5a5a5a5a5U).swap(shared);
    the_block().run(block.x * block.y * block.z, thread);
  }
}

}  // namespace vs::cuda::emulation

void __syncthreads() { vs::cuda::emulation::the_block().wait(vs::cuda::emulation::State::kAtBarrier); }

cudaError_t cudaGetLastError() {
  const cudaError_t error = vs::cuda::emulation::last_error;
  vs::cuda::emulation::last_error = cudaSuccess;
  return error;
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
  }
  return "unrecognized error code";
}
