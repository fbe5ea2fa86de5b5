// The folder of one item: whole or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/store/manifest.h"

namespace vs::store {

/// Throws UsageError if a folder to be written (or its partial folder beside it) is one of the inputs, holds one, or
/// lies in one: replacing the folder would delete what is read. Links are followed; "" and "-" are passed over. It
/// holds with
/// --force, too. The work grows with the sum of both lists, not with their product.
void check_folders_apart(const std::vector<std::string>& folders, const std::vector<std::string>& inputs);

/// Files of one folder, written under `.NAME.partial` beside it. A worker calls write() and prepare(), then hands the
/// writer on; publish(), in item order, makes the folder appear. Destroyed before that, everything is removed.
/// A full disk and the like throw RunError.
class FolderWriter {
 public:
  /// folder: "OUT/class/name". What a killed run left under the partial name is removed.
  explicit FolderWriter(std::string folder);
  FolderWriter(FolderWriter&& other) noexcept;
  FolderWriter& operator=(FolderWriter&& other) noexcept;
  ~FolderWriter();

  /// name: one that was not written yet, without '/'. Not after prepare().
  void write(const std::string& name, std::span<const uint8_t> bytes);
  /// No more files come: hands all bytes to the disk, so that a power loss after publish() leaves no empty file, and
  /// closes. Returns what file_record() would, without reading anything. Once.
  FileRecord prepare();
  /// Renames, after prepare(); a folder that is there already is deleted first. Cheap where there is none.
  void publish();

 private:
  /// What stays of a file until the folder is prepared: some 64 bytes.
  struct Written {
    std::string name;
    std::array<uint8_t, 32> hash;
  };
  void remove_partial() noexcept;

  std::string folder_, partial_;  ///< partial_ empty: published or moved from
  int descriptor_ = -1;           ///< of the partial folder, until prepare()
  uint64_t size_ = 0;
  std::vector<Written> written_;
};

}  // namespace vs::store
