#include "lib/store/byte_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace vs::store {

struct ByteSpool::Impl {
  std::string folder;
  uint64_t memory_limit = 0, size = 0;
  std::vector<uint8_t> memory;  ///< the first bytes
  int descriptor = -1;          ///< the rest

  ~Impl() {
    if (descriptor >= 0) ::close(descriptor);
  }

  void open() {
    descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0) return;
    // Some file systems have no nameless files: make one and remove the name.
    std::string name = folder + "/.vs-spool-XXXXXX";
    descriptor = ::mkstemp(name.data());
    if (descriptor < 0) throw RunError(folder, std::string("no temporary file can be made: ") + std::strerror(errno));
    ::unlink(name.c_str());
  }
};

ByteSpool::ByteSpool(std::string folder, uint64_t memory_bytes) : impl_(std::make_unique<Impl>()) {
  impl_->folder = folder.empty() ? "." : std::move(folder);
  impl_->memory_limit = memory_bytes;
}
ByteSpool::ByteSpool(ByteSpool&&) noexcept = default;
ByteSpool& ByteSpool::operator=(ByteSpool&&) noexcept = default;
ByteSpool::~ByteSpool() = default;

void ByteSpool::append(std::span<const uint8_t> bytes) {
  const uint64_t room = impl_->descriptor >= 0 ? 0 : impl_->memory_limit - impl_->memory.size();
  const auto kept = bytes.first(std::min<uint64_t>(room, bytes.size()));
  impl_->memory.insert(impl_->memory.end(), kept.begin(), kept.end());
  impl_->size += bytes.size();
  const auto rest = bytes.subspan(kept.size());
  if (rest.empty()) return;
  if (impl_->descriptor < 0) impl_->open();
  write_all(impl_->descriptor, rest, impl_->folder + ": temporary file");
}

uint64_t ByteSpool::size() const { return impl_->size; }

void ByteSpool::read(uint64_t offset, std::span<uint8_t> bytes) const {
  if (offset > impl_->size || bytes.size() > impl_->size - offset)
    throw std::logic_error("read past the end of a spool");
  const uint64_t in_memory = impl_->memory.size();
  if (offset < in_memory) {
    const uint64_t count = std::min<uint64_t>(bytes.size(), in_memory - offset);
    std::memcpy(bytes.data(), impl_->memory.data() + offset, count);
    bytes = bytes.subspan(count);
    offset += count;
  }
  while (!bytes.empty()) {
    const ssize_t got = ::pread(impl_->descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset - in_memory));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw RunError(impl_->folder, "temporary file cannot be read");
    bytes = bytes.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
}

}  // namespace vs::store
