// JPEG: planes or RGB to bytes, bytes to RGB or gray.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/media/image.h"

namespace vs::media {

/// Encodes baseline JPEG, 4:2:0, libjpeg's quality scale and standard Huffman tables, so that equal pixels give equal
/// bytes. Keeps its buffers for the next picture. One thread at a time.
class JpegEncoder {
 public:
  /// quality: 1 to 100 (95 is OpenCV's default). Throws std::logic_error outside.
  explicit JpegEncoder(int quality);
  JpegEncoder(JpegEncoder&&) noexcept;
  JpegEncoder& operator=(JpegEncoder&&) noexcept;
  ~JpegEncoder();

  /// Planes as they are, without a detour through RGB. Repeat the edges first (YuvImage::repeat_edges).
  /// The bytes are borrowed until the next call. Throws DataError if libjpeg refuses.
  std::span<const uint8_t> encode(const YuvImage& planes);
  /// RGB or gray pixels; a gray picture makes a one-component JPEG.
  std::span<const uint8_t> encode(const ImageView& picture);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a JPEG header says.
struct JpegInfo {
  int width = 0, height = 0;
  int components = 0;  ///< 1 gray, 3 colour, 4 CMYK
};

/// Reads the header only. `name` is the place in errors. Throws DataError if it is no JPEG or too large.
JpegInfo read_jpeg_header(std::span<const uint8_t> bytes, const std::string& name);

/// Decodes to `channels` (3 RGB, 1 gray: the luma plane; 0: what the file holds, CMYK as an error).
/// scale_denominator: 1, 2, 4 or 8; the picture comes out ceil(width / denominator) wide, decoded at that size at once.
/// A damaged or cut file throws DataError; sizes are checked before memory is asked for.
Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, int channels = 3, int scale_denominator = 1);

/// The largest denominator of 1, 2, 4, 8 at which both sides stay at least as long as wanted.
int jpeg_scale_denominator(int width, int height, int wanted_width, int wanted_height);

/// Version of the JPEG library, such as "libjpeg-turbo 2.1.5".
std::string jpeg_version();

}  // namespace vs::media
