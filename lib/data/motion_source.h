// The motion of a dataset's videos, from a motion file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/data/dataset.h"
#include "lib/motion/mgsampler_json.h"

namespace vs::data {

/// Where the motion of a dataset's videos comes from. Several threads may ask.
class MotionProvider {
 public:
  virtual ~MotionProvider() = default;
  /// True if values are cumulative curves, false for raw motion.
  virtual bool is_curve() const = 0;
  /// Values of an item of num_frames frames, [num_frames - 1]. Throws DataError where there are none for it.
  virtual std::vector<double> values(const DataItem& item, int64_t num_frames) const = 0;
};

/// A motion file: `vs.motion/1`, or the JSON of MGSampler's published code. Several threads may read.
///
/// A video is looked up by its name in the annotation file, then by that without suffix, then by its last component,
/// with and without suffix.
class MotionSource final : public MotionProvider {
 public:
  /// json_values: what the numbers of a JSON file are; a `vs.motion/1` file says it itself.
  /// Throws DataError for a file that is neither or damaged.
  explicit MotionSource(const std::string& path, motion::Values json_values = motion::Values::kRaw);
  MotionSource(MotionSource&&) noexcept;
  MotionSource& operator=(MotionSource&&) noexcept;
  ~MotionSource() override;

  const std::string& path() const;
  bool is_curve() const override;
  /// Two objects in one JSON file, and names that came twice.
  const std::vector<std::string>& warnings() const;
  /// True if the file has the video.
  bool has(const DataItem& item) const;
  /// Values of an item of num_frames frames, [num_frames - 1]; of a part of a video, those between the part's frames.
  ///
  /// Throws DataError where the file lacks the video, has another number of values than the whole video's frames less
  /// one, or too few for the part, and for a part of a curve, which cannot be cut.
  std::vector<double> values(const DataItem& item, int64_t num_frames) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Throws DataError listing items of which the file has no motion; nothing if it has all.
void check_motion(const Dataset& data, const MotionSource& motion);

}  // namespace vs::data
