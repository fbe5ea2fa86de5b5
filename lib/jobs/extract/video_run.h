// One video from its file to the bytes of its chosen frames.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "lib/core/log.h"
#include "lib/jobs/extract/choose_frames.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// A frame as it is handed out.
struct OutputFrame {
  int64_t index = 0;   ///< place in the video, 0-based, display order
  int64_t order = 0;   ///< place among the frames handed out, 0-based; repeats count
  int64_t repeat = 0;  ///< 0 for a frame's first time
  double time_s = 0;   ///< from the start of the file
  media::Size size;
};

/// Takes one frame; the bytes are borrowed.
using FrameSink = std::function<void(const OutputFrame&, std::span<const uint8_t>)>;

/// What came of one video.
struct VideoSummary {
  int64_t frames = 0;  ///< handed out
  media::Size size;    ///< of every picture
};

/// Goes over videos with the same options. Several threads may call run() at a time.
class VideoRun {
 public:
  /// Reads the plan, if there is one. `options` and `log` must outlive this. Throws DataError for a bad plan.
  VideoRun(const ExtractOptions& options, Log& log);

  /// Decodes the video of `item` and hands its chosen frames to `sink` in order. Warnings go to the log.
  ///
  /// Throws DataError if the file cannot be opened, holds no frame, stops before what it promises (unless allow_short),
  /// or passes a limit; it then says how many frames were read. What `sink` throws passes through.
  VideoSummary run(const store::Item& item, const FrameSink& sink) const;

 private:
  /// Hands the stored index to the decoder, or makes and stores one.
  void use_stored_index(media::VideoDecoder& decoder, const store::Item& item) const;
  /// Stored indices save time and change no frame: where they cannot be written there is one warning for all videos.
  void store_index(const media::VideoIndex& index, const std::string& path, const store::Item& item) const;

  const ExtractOptions& options_;
  Log& log_;
  PlannedFrames planned_;
  mutable std::atomic<bool> index_warned_ = false;
};

}  // namespace vs::jobs
