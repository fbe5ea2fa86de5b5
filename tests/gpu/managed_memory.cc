// Gives all memory of the program from memory that CPU and GPU share, so that tests which hand kernels the addresses of
// vectors, as the emulation allows, run on a GPU as they stand. Launches wait until they are done.
#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>

#include "tests/gpu/managed_memory.h"

namespace vs::cuda::testing {
namespace {

/// Blocks of powers of two; freed ones are kept by size.
class Arena {
 public:
  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    begin();
    const unsigned kind = kind_of(bytes);
    if (Free* const block = free_[kind]) {
      free_[kind] = block->next;
      return block;
    }
    const std::size_t size = std::size_t{1} << kind;
    if (!start_ || used_ + size > kBytes) return std::malloc(bytes);
    void* const block = start_ + used_;
    used_ += size;
    return block;
  }

  void give_back(void* memory, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (!contains(memory)) return std::free(memory);
    Free* const block = static_cast<Free*>(memory);
    const unsigned kind = kind_of(bytes);
    block->next = free_[kind];
    free_[kind] = block;
  }

  bool contains(const void* memory) const {
    const auto* const at = static_cast<const std::byte*>(memory);
    return start_ && at >= start_ && at < start_ + kBytes;
  }

  cudaError_t begin() {
    if (asked_) return status_;
    asked_ = true;
    setenv("CUDA_LAUNCH_BLOCKING", "1", 1);
    void* memory = nullptr;
    status_ = cudaMallocManaged(&memory, kBytes, cudaMemAttachGlobal);
    if (status_ == cudaSuccess) start_ = static_cast<std::byte*>(memory);
    return status_;
  }

 private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t kBytes = std::size_t{1} << 30;
  static constexpr unsigned kLeast = 5, kKinds = 40;  // blocks of 32 bytes and more: aligned to 16

  static unsigned kind_of(std::size_t bytes) {
    unsigned kind = kLeast;
    while ((std::size_t{1} << kind) < bytes) ++kind;
    return kind;
  }

  std::mutex mutex_;
  bool asked_ = false;
  cudaError_t status_ = cudaErrorUnknown;
  std::byte* start_ = nullptr;
  std::size_t used_ = 0;
  Free* free_[kKinds] = {};
};

/// Never destroyed: memory is freed until the very end.
Arena& arena() {
  alignas(Arena) static std::byte storage[sizeof(Arena)];
  static Arena* const kArena = new (storage) Arena;
  return *kArena;
}

/// The size stands before the block.
constexpr std::size_t kHeader = 16;

void* take(std::size_t bytes) {
  auto* const block = static_cast<std::byte*>(arena().take(bytes + kHeader));
  if (!block) throw std::bad_alloc();
  *reinterpret_cast<std::size_t*>(block) = bytes + kHeader;
  return block + kHeader;
}

void give_back(void* memory) {
  if (!memory) return;
  auto* const block = static_cast<std::byte*>(memory) - kHeader;
  arena().give_back(block, *reinterpret_cast<std::size_t*>(block));
}

}  // namespace

const char* managed_memory_refusal() {
  const cudaError_t status = arena().begin();
  return status == cudaSuccess ? nullptr : cudaGetErrorString(status);
}

}  // namespace vs::cuda::testing

void* operator new(std::size_t bytes) { return vs::cuda::testing::take(bytes); }
void* operator new[](std::size_t bytes) { return vs::cuda::testing::take(bytes); }
void operator delete(void* memory) noexcept { vs::cuda::testing::give_back(memory); }
void operator delete[](void* memory) noexcept { vs::cuda::testing::give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { vs::cuda::testing::give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { vs::cuda::testing::give_back(memory); }
