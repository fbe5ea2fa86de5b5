// A store for the bytes of one item that wait for their turn: in memory while there is room, in a nameless file beyond.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace vs::store {

/// Memory that many spools share. Any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t bytes) : free_(static_cast<int64_t>(bytes)) {}
  /// True if `bytes` were there to be taken.
  bool take(uint64_t bytes);
  void give_back(uint64_t bytes);

 private:
  std::atomic<int64_t> free_;
};

/// Bytes are appended, then read from the start. Memory is taken from `budget` in blocks as long as it gives some; what
/// is beyond goes to a file without a name in `folder`, which is gone when the process is. Movable, for one thread at a
/// time.
class ByteSpool {
 public:
  static constexpr uint64_t kBlockBytes = uint64_t{256} << 10;

  ByteSpool(std::string folder, std::shared_ptr<MemoryBudget> budget);
  /// With memory of its own.
  explicit ByteSpool(std::string folder, uint64_t memory_bytes = uint64_t{8} << 20)
      : ByteSpool(std::move(folder), std::make_shared<MemoryBudget>(memory_bytes)) {}
  ByteSpool(ByteSpool&&) noexcept;
  ByteSpool& operator=(ByteSpool&&) noexcept;
  ~ByteSpool();

  /// Throws RunError if the disk is full.
  void append(std::span<const uint8_t> bytes);
  uint64_t size() const;
  /// Calls `take` with all bytes in order, in parts of at most kBlockBytes that are borrowed for the call.
  void for_each_part(const std::function<void(std::span<const uint8_t>)>& take) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::store
