// A decoded frame to the bytes that are written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lib/jobs/extract/extract_options.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/video_frame.h"

namespace vs::jobs {

/// Scales, turns and encodes the frames of one video; every frame comes out at one size. One thread at a time.
class FrameEncoder {
 public:
  explicit FrameEncoder(const PictureOptions& options);

  /// A new video. `stored`: size of its first frame, which later frames of other sizes are scaled to; rotate_clockwise:
  /// what its display matrix says, in degrees (other angles than quarters count as none). Throws DataError where the
  /// size that comes out is beyond what vs handles.
  void start(media::Size stored, int rotate_clockwise);

  /// Size of every picture of this video.
  media::Size size() const { return convert_.size; }

  /// The bytes of a frame, borrowed until the next call.
  std::span<const uint8_t> encode(const media::VideoFrame& frame);

 private:
  std::span<const uint8_t> packed(const media::ImageView& view);

  PictureOptions options_;
  media::ConvertOptions convert_;
  media::ImageConverter converter_;
  std::optional<media::JpegEncoder> jpeg_;
  std::vector<uint8_t> bytes_;
};

}  // namespace vs::jobs
