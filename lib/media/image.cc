#include "lib/media/image.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/core/error.h"

namespace vs::media {
namespace {

void require_size(int width, int height) {
  if (!image_size_ok(width, height)) {
    throw DataError(fmt::format("picture of {}x{}", width, height), "size is not one that vs handles",
                    fmt::format("sides from 1 to {}, at most {} pixels", kMaxImageSide, kMaxImagePixels));
  }
}

void repeat_last(std::vector<uint8_t>& plane, int width, int height, int stride) {
  for (int y = 0; y < height; ++y) {
    uint8_t* row = plane.data() + static_cast<std::size_t>(y) * stride;
    std::fill(row + width, row + stride, row[width - 1]);
  }
}

}  // namespace

Image::Image(int image_width, int image_height, int image_channels)
    : width(image_width), height(image_height), channels(image_channels) {
  require_size(width, height);
  pixels.resize(static_cast<std::size_t>(width) * height * channels);
}

void YuvImage::resize(int new_width, int new_height) {
  require_size(new_width, new_height);
  if (new_width == width && new_height == height && !y.empty()) return;
  width = new_width;
  height = new_height;
  luma_stride = (width + 31) / 32 * 32;
  chroma_stride = luma_stride / 2;
  y.resize(static_cast<std::size_t>(luma_stride) * height);
  cb.resize(static_cast<std::size_t>(chroma_stride) * chroma_height());
  cr.resize(cb.size());
}

void YuvImage::repeat_edges() {
  repeat_last(y, width, height, luma_stride);
  repeat_last(cb, chroma_width(), chroma_height(), chroma_stride);
  repeat_last(cr, chroma_width(), chroma_height(), chroma_stride);
}

}  // namespace vs::media
