#include "lib/weights/byte_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::weights {
namespace {

template <class T>
T load(std::span<const uint8_t> bytes, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | (T{bytes[at + i]} << (8 * i)));
  return value;
}

}  // namespace

ByteFile::ByteFile(std::string path) : path_(std::move(path)), descriptor_(Descriptor::open_to_read(path_)) {
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) != 0)
    throw DataError(path_, std::string("cannot be read: ") + std::strerror(errno));
  if (!S_ISREG(status.st_mode)) throw DataError(path_, "not a regular file");
  size_ = static_cast<uint64_t>(status.st_size);
}

void ByteFile::read_at(uint64_t offset, std::span<uint8_t> bytes) const {
  if (!holds(offset, bytes.size()))
    throw DataError(path_, "truncated: " + human_bytes(bytes.size()) + " expected at byte " + std::to_string(offset) +
                               ", but it has " + human_bytes(size_));
  while (!bytes.empty()) {
    const ssize_t got = ::pread(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw DataError(path_, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) throw DataError(path_, "became shorter while it was read");
    bytes = bytes.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
}

std::vector<uint8_t> ByteFile::read_at(uint64_t offset, uint64_t count) const {
  if (!holds(offset, count)) read_at(offset, std::span<uint8_t>(static_cast<uint8_t*>(nullptr), count));
  std::vector<uint8_t> bytes(count);
  read_at(offset, bytes);
  return bytes;
}

uint16_t load_u16(std::span<const uint8_t> bytes, size_t at) { return load<uint16_t>(bytes, at); }
uint32_t load_u32(std::span<const uint8_t> bytes, size_t at) { return load<uint32_t>(bytes, at); }
uint64_t load_u64(std::span<const uint8_t> bytes, size_t at) { return load<uint64_t>(bytes, at); }

}  // namespace vs::weights
