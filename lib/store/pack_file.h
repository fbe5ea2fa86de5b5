// What all HDF5 files of vs have in common: root attributes, described datasets, offsets; and how one appears under its
// name.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/store/h5.h"

namespace vs::store {

/// Throws UsageError if something lies at `path` and `force` is not set ("m.json: exists (--force replaces it)"; for a
/// pack it says how to add to it), or a folder does.
void check_output_free(const std::string& path, bool force);

/// Opens a pack to read and checks `schema` (name "vs.motion", number at most `version`), `complete`, and that each
/// dataset in `needed` is there. Throws DataError.
H5File open_pack(const std::string& path, const std::string& schema_name, int version,
                 const std::vector<std::string>& needed);
/// The inner manifest of any HDF5 file of vs, parsed and validated. Throws DataError.
nlohmann::ordered_json read_inner_manifest(const std::string& path);
/// Reads offsets: `rows` + 1 values, first 0, never decreasing, last equal to `total`. Throws DataError otherwise.
std::vector<int64_t> read_offsets(const H5File& file, const std::string& name, uint64_t rows, uint64_t total);
/// Rows of a dataset with one value a row. Throws DataError if it has another shape.
uint64_t count_rows(const H5File& file, const std::string& name);

/// The videos of a pack by name.
class VideoIndex {
 public:
  VideoIndex() = default;
  /// Reads `video_id`. Throws DataError if one is empty or stands there twice.
  explicit VideoIndex(const H5File& file);
  const std::vector<std::string>& ids() const { return ids_; }
  uint64_t size() const { return ids_.size(); }
  /// Position of a video, -1 if there is none of that id.
  int64_t find(const std::string& id) const;
  /// Throws std::logic_error unless 0 <= video < size().
  void check(int64_t video) const;

 private:
  std::vector<std::string> ids_;
  std::unordered_map<std::string, int64_t> positions_;
};

/// Writes the attributes `units`, `axes` and, unless empty, `formula` of a dataset.
void describe_dataset(H5File& file, const std::string& name, const std::string& units, const std::string& axes,
                      const std::string& formula = {});
/// Ends a file: writes `manifest` and `complete`, closes, fsyncs, renames to `path`, fsyncs the folder. If `path` holds
/// the same bytes already it stays, mtime and all, and the new file is deleted. announce: called when all bytes are on
/// the disk, just before the renaming, with the present path of the file that is the output from then on.
void publish_pack(H5File file, const std::string& path, const nlohmann::ordered_json& inner_manifest,
                  const std::function<void(const std::string& made)>& announce = {});

}  // namespace vs::store
