#include "lib/nn/memory.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <map>
#include <mutex>
#include <new>
#include <unordered_map>

#include "lib/nn/torch.h"

namespace vs::nn {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kSmallest = size_t{1} << 20;

size_t rounded(size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

/// Maps `bytes`, a multiple of kHugePage, at a multiple of it. Null if there is no memory.
void* map_block(size_t bytes) {
  const size_t room = bytes + kHugePage;
  void* const start = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  char* const first = static_cast<char*>(start);
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(first) % kHugePage) % kHugePage;
  if (before > 0) munmap(first, before);
  munmap(first + before + bytes, room - before - bytes);
  madvise(first + before, bytes, MADV_HUGEPAGE);  // a wish: without huge pages it works as well
  return first + before;
}

/// Blocks in use and blocks kept. All functions may be called from any thread.
class Pool {
 public:
  void* take(size_t wanted) {
    const size_t bytes = rounded(wanted);
    const std::lock_guard lock(mutex_);
    // A block up to a quarter too large serves as well; more would hold memory that others may need.
    if (const auto kept = kept_.lower_bound(bytes); kept != kept_.end() && kept->first <= bytes + bytes / 4) {
      const auto [size, block] = *kept;
      kept_.erase(kept);
      kept_bytes_ -= size;
      use(block, size);
      ++reused_;
      return block;
    }
    while (in_use_bytes_ + bytes + kept_bytes_ > peak_bytes_ + kPoolSlack && !kept_.empty()) drop_largest();
    void* block = map_block(bytes);
    while (!block && !kept_.empty()) {
      drop_largest();
      block = map_block(bytes);
    }
    if (!block) throw std::bad_alloc();
    use(block, bytes);
    ++mapped_;
    return block;
  }

  /// False for memory that is none of the pool's.
  bool give_back(void* block) {
    const std::lock_guard lock(mutex_);
    const auto found = in_use_.find(block);
    if (found == in_use_.end()) return false;
    const size_t bytes = found->second;
    in_use_.erase(found);
    in_use_bytes_ -= bytes;
    kept_.emplace(bytes, block);
    kept_bytes_ += bytes;
    while (in_use_bytes_ + kept_bytes_ > peak_bytes_ + kPoolSlack) drop_largest();
    return true;
  }

  PoolUse use() {
    const std::lock_guard lock(mutex_);
    return {static_cast<int64_t>(in_use_bytes_), static_cast<int64_t>(kept_bytes_), static_cast<int64_t>(peak_bytes_),
            mapped_, reused_};
  }

 private:
  void use(void* block, size_t bytes) {
    in_use_.emplace(block, bytes);
    in_use_bytes_ += bytes;
    peak_bytes_ = std::max(peak_bytes_, in_use_bytes_);
  }

  void drop_largest() {
    const auto last = std::prev(kept_.end());
    munmap(last->second, last->first);
    kept_bytes_ -= last->first;
    kept_.erase(last);
  }

  std::mutex mutex_;
  std::multimap<size_t, void*> kept_;
  std::unordered_map<void*, size_t> in_use_;
  size_t in_use_bytes_ = 0, kept_bytes_ = 0, peak_bytes_ = 0;
  int64_t mapped_ = 0, reused_ = 0;
};

/// Never destroyed: tensors of static storage may be freed after everything else.
Pool& pool() {
  static Pool* const made = new Pool;  // NOLINT(cppcoreguidelines-owning-memory): see above
  return *made;
}

void release(void* memory) {
  const bool may_be_ours = reinterpret_cast<uintptr_t>(memory) % kHugePage == 0;
  if (!may_be_ours || !pool().give_back(memory)) c10::GetDefaultCPUAllocator()->raw_deallocate(memory);
}

class PooledAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* const memory = bytes < kSmallest ? c10::GetDefaultCPUAllocator()->raw_allocate(bytes) : pool().take(bytes);
    return {memory, memory, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t bytes) const override { default_copy_data(to, from, bytes); }
};

}  // namespace

void pool_tensor_memory() {
  static PooledAllocator* const allocator = [] {
    // As long as the process, as LibTorch asks.
    auto* const made = new PooledAllocator;  // NOLINT(cppcoreguidelines-owning-memory)
    c10::SetCPUAllocator(made, 1);
    return made;
  }();
  (void)allocator;
}

PoolUse pool_use() { return pool().use(); }

}  // namespace vs::nn
