// A store for the bytes of one item that wait for their turn: in memory while few, in a nameless file when many.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace vs::store {

/// Bytes are appended, then read from the start. Keeps at most `memory_bytes` in memory; what is beyond goes to a file
/// without a name in `folder`, which is gone when the process is. Movable, for one thread at a time.
class ByteSpool {
 public:
  explicit ByteSpool(std::string folder, uint64_t memory_bytes = uint64_t{8} << 20);
  ByteSpool(ByteSpool&&) noexcept;
  ByteSpool& operator=(ByteSpool&&) noexcept;
  ~ByteSpool();

  /// Throws RunError if the disk is full.
  void append(std::span<const uint8_t> bytes);
  uint64_t size() const;
  /// Fills `bytes` from position `offset`; offset + bytes.size() <= size().
  void read(uint64_t offset, std::span<uint8_t> bytes) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::store
