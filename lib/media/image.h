// Owned pixels, and the two planar layouts that JPEG encoding works on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/media/frame_source.h"

namespace vs::media {

/// Longest side of a picture that vs reads or makes; larger ones are refused before memory is asked for.
constexpr int kMaxImageSide = 65535;
/// Most pixels of one picture (256 Mi); with kMaxImageSide the bound on what a hostile header can make us allocate.
constexpr int64_t kMaxImagePixels = int64_t{1} << 28;

/// Whether width x height is a picture that vs handles: both sides in [1, kMaxImageSide], at most kMaxImagePixels.
constexpr bool image_size_ok(int64_t width, int64_t height) {
  return width >= 1 && height >= 1 && width <= kMaxImageSide && height <= kMaxImageSide &&
         width * height <= kMaxImagePixels;
}

/// Owned 8-bit interleaved pixels [height, width, channels], rows without padding.
struct Image {
  int width = 0, height = 0, channels = 0;  ///< channels: 3 = R, G, B; 1 = gray
  std::vector<uint8_t> pixels;

  Image() = default;
  Image(int image_width, int image_height, int image_channels);

  uint8_t* row(int y) { return pixels.data() + static_cast<std::size_t>(y) * width * channels; }
  const uint8_t* row(int y) const { return pixels.data() + static_cast<std::size_t>(y) * width * channels; }
  ImageView view() const { return {pixels.data(), width, height, channels, std::ptrdiff_t{width} * channels}; }
};

/// Owned 8-bit planes Y, Cb, Cr with 4:2:0 chroma, full range, BT.601: what a JPEG file holds.
///
/// Chroma planes are ceil(width / 2) x ceil(height / 2). Every row has room up to the next multiple of 16 luma (8
/// chroma) columns, because the JPEG encoder reads whole blocks; repeat_edges() fills that room.
struct YuvImage {
  int width = 0, height = 0;
  int luma_stride = 0, chroma_stride = 0;  ///< bytes; multiples of 32 and 16
  std::vector<uint8_t> y, cb, cr;

  int chroma_width() const { return (width + 1) / 2; }
  int chroma_height() const { return (height + 1) / 2; }
  /// Sets the size and gets the memory; contents are undefined afterwards. Throws DataError for sizes beyond
  /// image_size_ok.
  void resize(int new_width, int new_height);
  /// Repeats each row's last sample up to the end of the row's memory. Needed before encoding.
  void repeat_edges();
};

}  // namespace vs::media
