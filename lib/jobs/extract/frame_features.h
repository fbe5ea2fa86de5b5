// The chosen frames of one video, as they come, to rows of features.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/jobs/extract/feature_options.h"
#include "lib/jobs/extract/video_run.h"
#include "lib/plugin/feature_network.h"
#include "lib/store/byte_spool.h"
#include "lib/store/features_file.h"

namespace vs::jobs {

/// Which chosen frames make up what goes into the network at once. Positions count chosen frames.
struct ClipRule {
  int64_t frames = 1;    ///< of a clip
  int64_t interval = 1;  ///< positions from one to the next
  int64_t stride = 1;    ///< positions from clip to clip
  /// kFrame and kFrameGroup: frames one after the other.
  ClipRule(const FeatureOptions& options, const plugin::FeatureShape& shape);
  /// Clips of a video of `count` > 0 chosen frames: those that end within it, at least one.
  int64_t clips(int64_t count) const;
};

/// Rows of features that --dry-run counts for a video of so many chosen frames.
int64_t feature_rows(const FeatureOptions& options, const plugin::FeatureShape& shape, int64_t frames);

/// Takes the frames of one video in order and puts its rows into a spool, a batch at a time. Where batches begin
/// depends on the video alone.
class FrameFeatures {
 public:
  /// All borrowed. id: of the video.
  FrameFeatures(const FeatureOptions& options, plugin::FeatureNetwork& network, std::string id,
                store::ByteSpool& values);

  /// rgb: [height, width, 3] of frame.size. Throws DataError where the picture is smaller than what is cut out, or the
  /// features of a video grow beyond what is kept in memory.
  void add(const OutputFrame& frame, std::span<const uint8_t> rgb);
  /// After the last frame, of which there was one. Throws DataError where frames are left that make up no whole group.
  store::VideoFeatures finish();

 private:
  struct Frame {
    int64_t index = 0;
    double time_s = 0;
    std::vector<uint8_t> rgb;  ///< [crop height, crop width, 3]
  };
  using FramePointer = std::shared_ptr<const Frame>;
  struct Clip {
    int64_t start = 0;
    std::vector<FramePointer> frames;
  };

  FramePointer cut_out(const OutputFrame& frame, std::span<const uint8_t> rgb) const;
  void put(const Clip& clip);
  void flush();

  const FeatureOptions& options_;
  plugin::FeatureNetwork& network_;
  store::ByteSpool& values_;
  ClipRule rule_;
  std::vector<float> levels_;  ///< [3, 256]: what each value of a colour becomes
  store::VideoFeatures features_;
  int64_t position_ = 0;   ///< of the next frame
  int64_t num_clips_ = 0;  ///< so far
  std::deque<Clip> open_;  ///< clips that lack frames
  FramePointer last_;
  std::vector<float> pixels_;  ///< of the batch
  int64_t batch_clips_ = 0, in_batch_ = 0;
};

}  // namespace vs::jobs
