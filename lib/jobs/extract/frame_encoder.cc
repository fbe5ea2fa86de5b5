#include "lib/jobs/extract/frame_encoder.h"

#include <algorithm>

#include "lib/media/image_png.h"

namespace vs::jobs {

FrameEncoder::FrameEncoder(const PictureOptions& options) : options_(options) {
  convert_.interpolation = options_.interpolation;
  if (options_.format == FrameFormat::kJpeg) jpeg_.emplace(options_.quality);
}

void FrameEncoder::start(media::Size stored, int rotate_clockwise) {
  const bool quarters = rotate_clockwise % 90 == 0;
  convert_.rotate_clockwise = options_.rotate && quarters ? rotate_clockwise : 0;
  if (convert_.rotate_clockwise % 180 != 0) std::swap(stored.width, stored.height);
  convert_.size = media::output_size(options_.size, stored);
}

std::span<const uint8_t> FrameEncoder::packed(const media::ImageView& view) {
  const std::size_t row_bytes = static_cast<std::size_t>(view.width) * static_cast<std::size_t>(view.channels);
  if (view.stride == static_cast<std::ptrdiff_t>(row_bytes))
    return {view.data, row_bytes * static_cast<std::size_t>(view.height)};
  bytes_.resize(row_bytes * static_cast<std::size_t>(view.height));
  for (int y = 0; y < view.height; ++y) {
    std::copy_n(view.data + y * view.stride, row_bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(row_bytes) * y);
  }
  return bytes_;
}

std::span<const uint8_t> FrameEncoder::encode(const media::VideoFrame& frame) {
  switch (options_.format) {
    case FrameFormat::kJpeg:
      // Code that writes by way of OpenCV's resize hands RGB to the encoder, which has its own rounding.
      if (convert_.interpolation == media::Interpolation::kOpencvBilinear) {
        return jpeg_->encode(converter_.rgb(frame.av(), convert_));
      }
      return jpeg_->encode(converter_.jpeg_planes(frame.av(), convert_));
    case FrameFormat::kPng:
      bytes_ = media::encode_png(converter_.rgb(frame.av(), convert_));
      return bytes_;
    case FrameFormat::kRawRgb:
      return packed(converter_.rgb(frame.av(), convert_));
    case FrameFormat::kRawGray:
      return packed(converter_.gray(frame.av(), convert_));
    case FrameFormat::kRawLuma:
      return packed(converter_.luma(frame.av(), convert_));
  }
  return {};
}

}  // namespace vs::jobs
