// Feature files (`vs.features/1`): what a layer of a network says of frames or clips of many videos.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "lib/store/byte_spool.h"
#include "lib/store/item_run.h"

namespace vs::store {

enum class FeatureType { kFloat32, kFloat16 };

/// What holds for a whole file.
struct FeaturesInfo {
  FeatureType type = FeatureType::kFloat32;
  std::vector<uint64_t> row_shape;  ///< of one row: [C], or the layer's own map [C, H, W]; no extent is 0
  std::string layer;                ///< such as "backbone.layer4"; "" for the pooled features; root attribute
  std::string recipe;               ///< its name; root attribute
  std::string weights_sha256;       ///< of the checkpoint, 64 hex digits; "" for start values; root attribute
  /// What else the values depend on, one JSON object as text; root attribute `parameters`.
  std::string parameters = "{}";
  uint64_t row_values() const;  ///< product of row_shape
};

/// What is known of one video beside the values.
struct VideoFeatures {
  std::string video_id;
  std::vector<int64_t> frame_index;  ///< first frame of each row, 0-based, display order
  std::vector<double> time_s;        ///< of that frame
};

/// Writes a file. Datasets: features [rows, ...], frame_index and time_s [rows], offsets [videos+1], video_id [videos].
class FeaturesWriter {
 public:
  FeaturesWriter(std::string path, const FeaturesInfo& info, const nlohmann::ordered_json& key, bool force);
  FeaturesWriter(FeaturesWriter&&) noexcept;
  FeaturesWriter& operator=(FeaturesWriter&&) noexcept;
  ~FeaturesWriter();

  uint64_t first() const;
  ItemRunResult before(const std::vector<Item>& items) const;
  /// values: the rows one after the other, float in the machine's order whatever the file's type; as many as
  /// video.frame_index has. Throws DataError naming the video if a value is not finite, or is beyond what a half holds
  /// (65504) where halves are stored; the item is not written then.
  void add(const ItemOutcome& outcome, const VideoFeatures& video, const ByteSpool& values);
  void fail(const ItemOutcome& outcome, const std::string& reason);
  /// PackWriter::finish().
  void finish(const nlohmann::ordered_json& inner_manifest);
  /// PackWriter::done(): after the manifest beside the file.
  void done();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a file; values are read by rows. Shapes and offsets are checked when opened. Several threads may read.
class FeaturesFile {
 public:
  explicit FeaturesFile(const std::string& path);
  FeaturesFile(FeaturesFile&&) noexcept;
  FeaturesFile& operator=(FeaturesFile&&) noexcept;
  ~FeaturesFile();

  const FeaturesInfo& info() const;
  int64_t num_videos() const;
  const std::vector<std::string>& video_ids() const;
  /// Position of a video, -1 if there is none of that id.
  int64_t find(const std::string& video_id) const;
  int64_t num_rows(int64_t video) const;
  /// What is known of video `video` in [0, num_videos()) beside the values.
  VideoFeatures video(int64_t video) const;
  /// Rows [begin, begin + count) of a video, one after the other: count * info().row_values() values.
  std::vector<float> rows(int64_t video, int64_t begin, int64_t count) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::store
