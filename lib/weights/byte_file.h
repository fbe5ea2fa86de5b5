// A file read at any place, never whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/core/descriptor.h"

namespace vs::weights {

/// A regular file open for reading at any place. Reads are const and may run in several threads at once. It is read,
/// not mapped: a mapped file that somebody cuts short would end the program.
class ByteFile {
 public:
  /// Throws DataError if it cannot be opened or is no regular file.
  explicit ByteFile(std::string path);

  const std::string& path() const { return path_; }
  /// Bytes when it was opened.
  uint64_t size() const { return size_; }
  /// True if [offset, offset + count) lies in the file.
  bool holds(uint64_t offset, uint64_t count) const { return offset <= size_ && count <= size_ - offset; }
  /// Fills `bytes` from `offset` on. Throws DataError if the file ends before, or cannot be read.
  void read_at(uint64_t offset, std::span<uint8_t> bytes) const;
  /// The bytes [offset, offset + count), checked against the file's size before anything is allocated.
  std::vector<uint8_t> read_at(uint64_t offset, uint64_t count) const;

 private:
  std::string path_;
  Descriptor descriptor_;
  uint64_t size_ = 0;
};

/// Little-endian numbers at bytes[at]; the caller has checked that they lie inside.
uint16_t load_u16(std::span<const uint8_t> bytes, size_t at);
uint32_t load_u32(std::span<const uint8_t> bytes, size_t at);
uint64_t load_u64(std::span<const uint8_t> bytes, size_t at);

}  // namespace vs::weights
