// One interface over everything that yields frames in display order: a video file, a folder of pictures, one video of a
// frames pack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vs::media {

/// Borrowed 8-bit interleaved pixels; valid until the source moves on.
struct ImageView {
  const uint8_t* data = nullptr;
  int width = 0, height = 0, channels = 0;  ///< channels: 3 = R, G, B; 1 = gray
  std::ptrdiff_t stride = 0;                ///< bytes from row to row
};

/// Borrowed plane of 8-bit or 16-bit little-endian samples, as the decoder made it.
struct PlaneView {
  const uint8_t* data = nullptr;
  int width = 0, height = 0;
  int bits = 8;               ///< significant bits a sample; above 8 a sample takes two bytes
  std::ptrdiff_t stride = 0;  ///< bytes from row to row
};

/// Borrowed picture in the memory of a CUDA device, as its decoder made it: luma, and Cb and Cr by turns at half the
/// width and height (rounded up). Addresses are of the device's primary context, of which kernels launched by the CUDA
/// runtime are too. The decoder writes it in the order of the device's legacy default stream.
struct DevicePicture {
  const uint8_t* luma = nullptr;
  const uint8_t* chroma = nullptr;
  std::ptrdiff_t luma_stride = 0, chroma_stride = 0;  ///< bytes from row to row
  int width = 0, height = 0;                          ///< of luma
  int sample_bytes = 1;     ///< 1: 8 bits (NV12); 2: the significant bits are the upper ones of 16 (P010, P016)
  int bits = 8;             ///< significant bits a sample, as of luma()
  int device = 0;           ///< number of the device, as CUDA counts them in this process
  int matrix = 2;           ///< colour matrix by the code of ITU-T H.273; 2: not known
  bool full_range = false;  ///< samples span 0..255, else 16..235 (luma) and 16..240
};

/// The frame a source stands on.
class Frame {
 public:
  virtual ~Frame() = default;
  int64_t index = 0;  ///< 0-based, display order
  double time_s = 0;  ///< seconds as in the file; pictures: index / fps, or index where no rate is known
  bool key = false;
  int width = 0, height = 0;  ///< as stored, not turned

  /// The whole frame as RGB24, colour matrix and range of the stream applied (swscale's default rounding). Converted on
  /// first call.
  virtual ImageView rgb() = 0;
  /// One channel where the picture is gray as stored, else rgb(): for those who make gray of it anyway.
  virtual ImageView gray_or_rgb() { return rgb(); }
  /// The luma plane as decoded, nothing converted. Throws DataError for sources without one (RGB video, pictures other
  /// than JPEG).
  virtual PlaneView luma() = 0;
  /// The picture where a hardware decoder left it, without bringing it to the host; nothing for a frame that lies in
  /// system memory. Other functions bring it there on first call.
  virtual std::optional<DevicePicture> device_picture() const { return std::nullopt; }
  /// Owns what luma(), device_picture(), and gray_or_rgb() of one channel, returned before: those views stay valid
  /// while it lives, also when the source moves on.
  virtual std::shared_ptr<const void> hold() const = 0;
};

/// Frames in order. One thread at a time.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  /// Moves to the next frame; null at the end. The frame is valid until the next call.
  virtual Frame* next() = 0;
  /// What the container or folder promises, -1 if it says nothing. Often wrong: count what next() gives.
  virtual int64_t promised_frames() const = 0;
  /// Frames a second (average), 0 if unknown.
  virtual double frame_rate() const = 0;
  /// What went wrong so far without ending the stream ("packet 120 damaged").
  virtual const std::vector<std::string>& warnings() const = 0;
};

}  // namespace vs::media
