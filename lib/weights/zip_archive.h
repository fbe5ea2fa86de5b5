// Zip files as PyTorch writes them: entries that are stored, not compressed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/weights/byte_file.h"

namespace vs::weights {

/// One entry of the central directory.
struct ZipEntry {
  std::string name;
  uint64_t header_offset = 0;  ///< of the local header
  uint64_t size = 0;           ///< bytes of the data
  uint32_t crc = 0;            ///< 0: not given
  bool encrypted = false, compressed = false;
};

/// The directory of a zip file (zip64 included). Every number of the file is checked before it is used.
class ZipArchive {
 public:
  /// True if the file begins as a zip file does.
  static bool recognises(const ByteFile& file);
  /// Reads the directory. Throws DataError if it is missing (a file cut short) or broken. `file` must outlive the
  /// archive.
  explicit ZipArchive(const ByteFile& file);
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// The entry of that name; null if there is none.
  const ZipEntry* find(std::string_view name) const;
  /// Where its data begins in the file; [offset, offset + size) lies inside it. Throws DataError if not, or if the
  /// entry is compressed or encrypted.
  uint64_t data_offset(const ZipEntry& entry) const;
  /// The data, checksum compared.
  std::vector<uint8_t> read(const ZipEntry& entry) const;

 private:
  struct Directory {
    uint64_t offset = 0, size = 0, count = 0;
  };
  Directory find_directory() const;
  Directory find_directory64(uint64_t end_offset) const;
  void read_directory(const Directory& directory);
  const ByteFile* file_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string_view, size_t> by_name_;
};

}  // namespace vs::weights
