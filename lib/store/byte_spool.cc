#include "lib/store/byte_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "lib/core/descriptor.h"
#include "lib/core/error.h"
#include "lib/core/file.h"

namespace vs::store {

bool MemoryBudget::take(uint64_t bytes) {
  const auto wanted = static_cast<int64_t>(bytes);
  int64_t there = free_.load(std::memory_order_relaxed);
  while (there >= wanted) {
    if (free_.compare_exchange_weak(there, there - wanted, std::memory_order_relaxed)) return true;
  }
  return false;
}

void MemoryBudget::give_back(uint64_t bytes) {
  free_.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
}

struct ByteSpool::Impl {
  std::string folder;
  std::shared_ptr<MemoryBudget> budget;
  uint64_t in_memory = 0, in_file = 0;
  std::vector<std::unique_ptr<uint8_t[]>> blocks;  ///< the first bytes, kBlockBytes each
  Descriptor file;                                 ///< the rest

  ~Impl() { budget->give_back(blocks.size() * kBlockBytes); }

  void open() {
    file = Descriptor(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file.get() >= 0) return;
    // Some file systems have no nameless files: make one and remove the name.
    std::string name = folder + "/.vs-spool-XXXXXX";
    file = Descriptor(::mkstemp(name.data()));
    if (file.get() < 0) throw RunError(folder, std::string("no temporary file can be made: ") + std::strerror(errno));
    ::unlink(name.c_str());
  }

  /// Room in the block in use, or in a fresh one; none once the file was begun.
  std::span<uint8_t> room() {
    if (in_file) return {};
    const uint64_t used = in_memory % kBlockBytes;
    if (used == 0) {
      if (!budget->take(kBlockBytes)) return {};
      blocks.push_back(std::make_unique_for_overwrite<uint8_t[]>(kBlockBytes));
    }
    return {blocks.back().get() + used, kBlockBytes - used};
  }

  void read_file(uint64_t offset, std::span<uint8_t> bytes) const {
    while (!bytes.empty()) {
      const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw RunError(folder, "temporary file cannot be read");
      bytes = bytes.subspan(static_cast<size_t>(got));
      offset += static_cast<uint64_t>(got);
    }
  }
};

ByteSpool::ByteSpool(std::string folder, std::shared_ptr<MemoryBudget> budget) : impl_(std::make_unique<Impl>()) {
  impl_->folder = folder.empty() ? "." : std::move(folder);
  impl_->budget = std::move(budget);
}
ByteSpool::ByteSpool(ByteSpool&&) noexcept = default;
ByteSpool& ByteSpool::operator=(ByteSpool&&) noexcept = default;
ByteSpool::~ByteSpool() = default;

void ByteSpool::append(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::span<uint8_t> room = impl_->room();
    if (room.empty()) break;
    const size_t count = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), count);
    impl_->in_memory += count;
    bytes = bytes.subspan(count);
  }
  if (bytes.empty()) return;
  if (impl_->in_file == 0) impl_->open();
  write_all(impl_->file.get(), bytes, impl_->folder + ": temporary file");
  impl_->in_file += bytes.size();
}

uint64_t ByteSpool::size() const { return impl_->in_memory + impl_->in_file; }

void ByteSpool::for_each_part(const std::function<void(std::span<const uint8_t>)>& take) const {
  for (uint64_t at = 0; at < impl_->in_memory; at += kBlockBytes) {
    take({impl_->blocks[at / kBlockBytes].get(), std::min(kBlockBytes, impl_->in_memory - at)});
  }
  std::vector<uint8_t> part;
  for (uint64_t at = 0; at < impl_->in_file; at += part.size()) {
    part.resize(std::min(kBlockBytes, impl_->in_file - at));
    impl_->read_file(at, part);
    take(part);
  }
}

}  // namespace vs::store
