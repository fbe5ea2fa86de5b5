// Frames of a video file, in order or only chosen ones, always the same frames.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/media/frame_source.h"
#include "lib/media/video_frame.h"
#include "lib/media/video_index.h"
#include "lib/media/video_info.h"

namespace vs::media {

/// One open video file.
///
/// The stream is the one that FFmpeg finds best (av_find_best_stream); the frames are all that its decoder hands out
/// with default settings, flushed at the end. A damaged packet becomes a warning and decoding goes on. A new decoder
/// gives every frame; select() and select_key_frames() give some, equal to the bit to those that decoding everything
/// gives. They do not depend on VideoOptions::threads: what a decoder makes of damage does, so a video that shows any
/// is decoded again with one thread. Nor on VideoOptions::hardware, as far as a device keeps to the codec's standard
/// and tells of damage: where it complains, or does not take the stream, the CPU decodes the video. One caller at a
/// time. The interrupt flag of lib/core/cancel.h ends any call with Interrupted.
class VideoDecoder final : public FrameSource {
 public:
  /// Opens the file. Throws NoVideoStream where there is none, and DataError where it cannot be opened as a video, for
  /// a frame size over the limit and for a codec without decoder.
  explicit VideoDecoder(const std::string& path, const VideoOptions& options = {});
  ~VideoDecoder() override;

  const std::string& path() const;
  const VideoInfo& info() const;

  /// The packets of the stream, read without decoding on the first call (index().knowledge may be kNone).
  /// Ends what next() was doing: the next frame is the first wanted one again.
  const VideoIndex& packet_index();
  /// The same with all frames known, by decoding everything once where packets do not tell them.
  /// Throws NoFrames where no frame can be decoded.
  const VideoIndex& index();
  /// How many frames the video has. Decodes everything only where neither the index nor what next() did so far tells.
  /// Throws NoFrames where no frame can be decoded.
  int64_t frame_count();
  /// Uses a stored index of this file instead of reading the packets. Throws DataError if it is of another stream.
  void set_index(VideoIndex index);

  /// From now on next() gives the frames with these indices, sorted, each once, starting again at the first.
  /// Indices beyond the last frame are not given. Throws UsageError for a negative one.
  void select(std::span<const int64_t> frames);
  /// From now on next() gives the key frames only, with their indices among all frames.
  void select_key_frames();
  /// From now on next() gives all frames, starting again at the first.
  void select_all();

  /// The next wanted frame, null after the last. Throws NoFrames where the file gives no frame at all, and DataError
  /// where a limit of VideoOptions is passed (frames given until then are good).
  VideoFrame* next() override;

  int64_t promised_frames() const override;
  double frame_rate() const override;
  /// Damage met so far: reading, decoding, and frames chosen by an index that turned out wrong; before it, why
  /// VideoOptions::hardware does not decode this video.
  const std::vector<std::string>& warnings() const override;
  /// True if warnings() tell of damage.
  bool is_damaged() const;
  /// True while VideoOptions::hardware decodes.
  bool in_hardware() const;

  /// Packets given to the decoder so far, for tests and statistics.
  int64_t decoded_packets() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::media
