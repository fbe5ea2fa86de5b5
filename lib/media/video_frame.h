// One decoded frame of a video.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/media/av_handles.h"
#include "lib/media/frame_source.h"
#include "lib/media/image_convert.h"

namespace vs::media {

/// A block that the codec copied from another frame.
struct MotionVector {
  int source = 0;             ///< below 0: a frame shown earlier, above 0: one shown later
  int width = 0, height = 0;  ///< of the block, pixels
  int x = 0, y = 0;           ///< middle of the block, pixels
  double dx = 0, dy = 0;      ///< where it came from, relative to (x, y), pixels
};

/// The frame a VideoDecoder stands on. Valid until the decoder moves.
class VideoFrame final : public Frame {
 public:
  VideoFrame();
  ~VideoFrame() override;

  int64_t ticks = 0;           ///< best-effort time in the stream's time base
  int64_t duration_ticks = 0;  ///< 0: unknown
  char picture_type = '?';     ///< 'I', 'P', 'B' or another letter of FFmpeg's
  bool damaged = false;        ///< the decoder patched it up

  ImageView rgb() override;
  PlaneView luma() override;
  std::optional<DevicePicture> device_picture() const override;
  std::shared_ptr<const void> hold() const override;

  /// FFmpeg's frame in system memory, for the media room. Throws DataError where the device does not hand it out.
  const AVFrame& av() const;
  /// Number of colour planes as decoded (1 for packed RGB, 3 for YUV 4:2:0).
  int plane_count() const;
  /// True if plane 0 is luma, 1 and 2 chroma, one sample after the other.
  bool has_yuv_planes() const;
  /// Plane i as decoded. Throws DataError where has_yuv_planes() is false.
  PlaneView plane(int i) const;
  /// MD5 (hex) of the samples in the decoder's own pixel format, rows packed without padding: FFmpeg's framehash.
  std::string md5() const;
  /// The codec's motion vectors; empty for key frames, without VideoOptions::motion_vectors, and for codecs without.
  std::vector<MotionVector> motion_vectors() const;

 private:
  friend class VideoDecoder;
  AvFramePtr frame_;         ///< as decoded, maybe on a device
  mutable AvFramePtr host_;  ///< the same in system memory, if it was on a device and asked for
  int host_format_ = -1;     ///< AVPixelFormat of host_
  int device_number_ = 0;    ///< of the device, where there is one
  ImageConverter converter_;
  ImageView rgb_;  ///< empty until asked for
};

}  // namespace vs::media
