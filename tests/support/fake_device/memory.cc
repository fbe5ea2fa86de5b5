#include "tests/support/fake_device/memory.h"

#include <c10/core/CPUAllocator.h>

#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "tests/support/fake_device/capture.h"

namespace vs::test::fake {
namespace {

/// Addresses with this bit cannot be of a process: code of the host that reads memory of the device ends there, as with
/// a GPU. Sums of addresses and offsets stay right.
constexpr uintptr_t kOfDevice = uintptr_t{1} << 56;

struct Counts {
  std::mutex mutex;
  nn::DeviceMemory memory;

  void add(int64_t bytes) {
    const std::lock_guard lock(mutex);
    memory.in_use += bytes;
    memory.peak = std::max(memory.peak, memory.in_use);
  }
};

/// Never destroyed: memory is given back until the very end.
Counts& counts() {
  static auto* const kCounts = new Counts;
  return *kCounts;
}

/// What a storage of the device owns.
struct Block {
  Block(c10::Storage memory, int64_t bytes_counted) : cpu(std::move(memory)), counted(bytes_counted) {
    counts().add(counted);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    freed->store(true);
    counts().add(-counted);
  }

  static void free(void* block) { delete static_cast<Block*>(block); }

  c10::Storage cpu;
  int64_t counted;
  Freed freed = std::make_shared<std::atomic<bool>>(false);
};

std::unique_ptr<Block> new_block(const c10::Storage& cpu) {
  auto block = std::make_unique<Block>(cpu, static_cast<int64_t>(cpu.nbytes()));
  if (const auto capture = current_capture()) capture->created(cpu);
  return block;
}

c10::DataPtr data_of(std::unique_ptr<Block> block) {
  void* const address = address_on_device(block->cpu.data());
  return {address, block.release(), &Block::free, fake_device()};
}

/// Memory that someone else gave the device; it is not the allocator's, and so not counted.
void adopt(c10::StorageImpl& impl) {
  TORCH_CHECK((reinterpret_cast<uintptr_t>(impl.data()) & kOfDevice) != 0, "memory that is not the fake device's");
  auto given = std::make_unique<c10::DataPtr>(impl.set_data_ptr(c10::DataPtr(nullptr, fake_device())));
  void* const address = address_on_host(given->get());
  const auto free = [](void* data) { delete static_cast<c10::DataPtr*>(data); };
  const c10::Storage cpu(c10::Storage::use_byte_size_t(), impl.nbytes(),
                         c10::DataPtr(address, given.release(), free, at::kCPU), nullptr, /*resizable=*/false);
  impl.set_data_ptr_noswap(data_of(std::make_unique<Block>(cpu, 0)));
}

Block& block_of(const c10::Storage& fake) {
  static std::mutex one_adopts;
  const std::lock_guard lock(one_adopts);
  c10::StorageImpl& impl = *fake.unsafeGetStorageImpl();
  if (impl.data_ptr().get_deleter() != &Block::free) adopt(impl);
  return *static_cast<Block*>(impl.data_ptr().get_context());
}

c10::Storage new_on_cpu(size_t bytes) {
  c10::Storage cpu(c10::Storage::use_byte_size_t(), bytes, c10::GetCPUAllocator(), /*resizable=*/true);
  poison(cpu);
  return cpu;
}

class Memory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override { return data_of(new_block(new_on_cpu(bytes))); }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void*, const void*, size_t) const override {
    TORCH_CHECK(false, "the fake device copies by operators");
  }
};

class PinnedMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    c10::DataPtr data = c10::GetCPUAllocator()->allocate(bytes);
    void* const at = data.get();
    if (!at) return data;
    const std::lock_guard lock(mutex_);
    auto owned = std::make_unique<Page>(this, std::move(data));
    pages_[at] = bytes;
    return {at, owned.release(), &Page::free, at::kCPU};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }

  bool has(const void* address) {
    const std::lock_guard lock(mutex_);
    const auto after = pages_.upper_bound(const_cast<void*>(address));
    if (after == pages_.begin()) return false;
    const auto& [start, bytes] = *std::prev(after);
    return address < static_cast<const std::byte*>(start) + bytes;
  }

 private:
  struct Page {
    Page(PinnedMemory* owner, c10::DataPtr memory) : of(owner), data(std::move(memory)) {}
    static void free(void* page) {
      const std::unique_ptr<Page> own(static_cast<Page*>(page));
      const std::lock_guard lock(own->of->mutex_);
      own->of->pages_.erase(own->data.get());
    }
    PinnedMemory* of;
    c10::DataPtr data;
  };

  std::mutex mutex_;
  std::map<void*, size_t> pages_;
};

PinnedMemory& pinned_memory() {
  static auto* const kMemory = new PinnedMemory;
  return *kMemory;
}

}  // namespace

at::Device fake_device() { return {kFakeType, 0}; }

void* address_on_device(const void* host) {
  if (!host) return nullptr;
  return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(host) | kOfDevice);
}

void* address_on_host(const void* device) {
  return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(device) & ~kOfDevice);
}

c10::Allocator& allocator() {
  static auto* const kMemory = new Memory;
  return *kMemory;
}

c10::Storage taken_from(const c10::Storage& cpu) {
  return {c10::Storage::use_byte_size_t(), cpu.nbytes(), data_of(new_block(cpu)), &allocator(), true};
}

const c10::Storage& on_cpu(const c10::Storage& fake) { return block_of(fake).cpu; }
const Freed& freed_of(const c10::Storage& fake) { return block_of(fake).freed; }

void follow_size(const c10::Storage& fake) {
  Block& block = block_of(fake);
  c10::StorageImpl& impl = *fake.unsafeGetStorageImpl();
  if (impl.nbytes() == block.cpu.nbytes() && fake.data() == address_on_device(block.cpu.data())) return;
  const auto bytes = static_cast<int64_t>(block.cpu.nbytes());
  counts().add(bytes - std::exchange(block.counted, bytes));
  c10::DataPtr before = impl.set_data_ptr(c10::DataPtr(nullptr, fake_device()));
  std::unique_ptr<Block> own(static_cast<Block*>(before.release_context()));
  impl.set_data_ptr_noswap(data_of(std::move(own)));
  impl.set_nbytes(static_cast<size_t>(bytes));
}

void poison(const c10::Storage& cpu) {
  if (cpu.nbytes() > 0) std::memset(const_cast<void*>(cpu.data()), 0xFF, cpu.nbytes());
}

nn::DeviceMemory memory_counts() {
  const std::lock_guard lock(counts().mutex);
  return counts().memory;
}

void reset_peak() {
  const std::lock_guard lock(counts().mutex);
  counts().memory.peak = counts().memory.in_use;
}

c10::Allocator& pinned_allocator() { return pinned_memory(); }
bool is_pinned(const void* data) { return pinned_memory().has(data); }

}  // namespace vs::test::fake
