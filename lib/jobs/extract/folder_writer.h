// The folder of one video: whole or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/store/manifest.h"

namespace vs::jobs {

/// Files of one folder, written under `.NAME.partial` beside it; finish() renames. Without it everything is removed.
/// A full disk and the like throw RunError.
class FolderWriter {
 public:
  /// folder: "OUT/class/name". What a killed run left under the partial name is removed.
  explicit FolderWriter(std::string folder);
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;
  ~FolderWriter();

  /// name: one that was not written yet, without '/'.
  void write(const std::string& name, std::span<const uint8_t> bytes);
  /// Renames; a folder that is there already is replaced. Returns what store::file_record would, without reading
  /// anything.
  store::FileRecord finish();

 private:
  /// What stays of a file until the folder is done: some 64 bytes.
  struct Written {
    std::string name;
    std::array<uint8_t, 32> hash;
  };
  std::string folder_, partial_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
  std::vector<Written> written_;
};

}  // namespace vs::jobs
