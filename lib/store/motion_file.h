// Motion files (`vs.motion/1`): motion per frame, or its cumulative curve, of many videos.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/store/item_run.h"

namespace vs::store {

/// What the values are: motion between neighbouring frames, or a curve made from it.
enum class MotionKind { kRaw, kCurve };

/// What holds for a whole file.
struct MotionInfo {
  std::string method;                  ///< such as "ssim"; root attribute
  MotionKind kind = MotionKind::kRaw;  ///< root attribute `kind`: "raw" or "curve"
  std::string units = "1";             ///< of dataset `motion`
  std::string formula;                 ///< of dataset `motion`, such as "1 - SSIM(frame t, frame t + 1)"
  std::vector<std::string>
      extra;  ///< further methods, one dataset `motion_METHOD` each, values beside those of `motion`
  /// What the method was given, one JSON object as text; root attribute `parameters`.
  std::string parameters = "{}";
};

/// One video. Values finite, any number of them (num_frames - 1 for raw motion between neighbours).
struct VideoMotion {
  std::string video_id;
  int64_t num_frames = 0;  ///< frames of the video that were seen
  std::vector<double> motion;
  std::vector<std::vector<double>> extra;  ///< one list for each of MotionInfo::extra, as long as `motion`
};

/// Writes a file. Datasets: motion [values] float64, motion_METHOD alike, offsets [videos+1], video_id, num_frames
/// [videos].
class MotionWriter {
 public:
  MotionWriter(std::string path, const MotionInfo& info, const nlohmann::ordered_json& key, bool force);
  MotionWriter(MotionWriter&&) noexcept;
  MotionWriter& operator=(MotionWriter&&) noexcept;
  ~MotionWriter();

  uint64_t first() const;
  ItemRunResult before(const std::vector<Item>& items) const;
  /// Throws DataError if a value is not finite.
  void add(const ItemOutcome& outcome, const VideoMotion& motion);
  void fail(const ItemOutcome& outcome, const std::string& reason);
  /// PackWriter::finish().
  void finish(const nlohmann::ordered_json& inner_manifest);
  /// PackWriter::done(): after the manifest beside the file.
  void done();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a file; values are read one video at a time. Everything is checked when opened. Several threads may read.
class MotionFile {
 public:
  explicit MotionFile(const std::string& path);
  MotionFile(MotionFile&&) noexcept;
  MotionFile& operator=(MotionFile&&) noexcept;
  ~MotionFile();

  const MotionInfo& info() const;
  int64_t num_videos() const;
  const std::vector<std::string>& video_ids() const;
  /// Position of a video, -1 if there is none of that id.
  int64_t find(const std::string& video_id) const;
  VideoMotion video(int64_t video) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::store
