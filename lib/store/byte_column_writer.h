// Appending to the one large column of a pack: whole chunks go from memory into the file, past HDF5's cache.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lib/store/h5.h"

namespace vs::store {

/// Appends bytes to a growing one-axis dataset of kUint8 that is chunked, not compressed, with or without fletcher32.
/// The file comes out as H5File::append() makes it; a byte is copied once on its way instead of three times, and the
/// checksum takes a quarter of the time. Borrows the file, which must stay open; nobody else may change the dataset in
/// the meantime. Throws RunError if the disk is full.
class ByteColumnWriter {
 public:
  /// Goes on behind the last row there is.
  ByteColumnWriter(H5File& file, std::string name);
  ByteColumnWriter(ByteColumnWriter&&) noexcept;
  ByteColumnWriter& operator=(ByteColumnWriter&&) noexcept;
  ~ByteColumnWriter();

  void append(std::span<const uint8_t> bytes);
  /// Writes the chunk that is not full yet, too. What was appended since the last call is lost without it.
  void flush();
  /// Cuts the dataset to `rows` rows, those not flushed among them.
  void truncate(uint64_t rows);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Fletcher's checksum with 16-bit words as HDF5 defines it (the file format's H5Z_FILTER_FLETCHER32): big-endian
/// words, an odd last byte as the upper half of one, sums modulo 65535 of which only the sum over nothing but zeros is
/// 0.
uint32_t fletcher32(std::span<const uint8_t> bytes);

}  // namespace vs::store
