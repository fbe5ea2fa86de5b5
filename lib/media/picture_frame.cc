#include "lib/media/picture_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/core/error.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/image_png.h"

namespace vs::media {

std::optional<PictureFormat> picture_format(std::span<const uint8_t> bytes) {
  constexpr std::array<uint8_t, 8> kPngStart{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  if (bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff) return PictureFormat::kJpeg;
  if (bytes.size() >= kPngStart.size() && std::equal(kPngStart.begin(), kPngStart.end(), bytes.begin())) {
    return PictureFormat::kPng;
  }
  return std::nullopt;
}

void PictureFrame::set_encoded(std::vector<uint8_t> bytes, std::string name) {
  const auto format = picture_format(bytes);
  if (!format) throw DataError(name, "is neither a JPEG nor a PNG picture");
  if (*format == PictureFormat::kJpeg) {
    const JpegInfo info = read_jpeg_header(bytes, name);
    width = info.width;
    height = info.height;
  } else {
    const PngInfo info = read_png_header(bytes, name);
    width = info.width;
    height = info.height;
  }
  format_ = *format;
  bytes_ = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
  name_ = std::move(name);
  rgb_.reset();
  luma_.reset();
}

void PictureFrame::set_raw(std::vector<uint8_t> bytes, PictureFormat format, int picture_width, int picture_height,
                           std::string name) {
  const int64_t channels = format == PictureFormat::kRawRgb ? 3 : 1;
  if (!image_size_ok(picture_width, picture_height) ||
      static_cast<int64_t>(bytes.size()) != channels * picture_width * picture_height) {
    throw DataError(name,
                    fmt::format("{} bytes are no raw picture of {}x{}", bytes.size(), picture_width, picture_height));
  }
  width = picture_width;
  height = picture_height;
  format_ = format;
  bytes_ = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
  name_ = std::move(name);
  rgb_.reset();
  luma_.reset();
}

ImageView PictureFrame::rgb() {
  if (format_ == PictureFormat::kRawRgb) return {bytes_->data(), width, height, 3, std::ptrdiff_t{width} * 3};
  if (!rgb_) {
    if (format_ == PictureFormat::kJpeg) {
      rgb_ = decode_jpeg(*bytes_, name_, 3);
    } else if (format_ == PictureFormat::kPng) {
      rgb_ = decode_png(*bytes_, name_, 3);
    } else {
      rgb_.emplace(width, height, 3);
      for (std::size_t i = 0; i < bytes_->size(); ++i)
        std::fill_n(rgb_->pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, (*bytes_)[i]);
    }
  }
  return rgb_->view();
}

ImageView PictureFrame::gray_or_rgb() {
  if (format_ == PictureFormat::kRawGray) return {bytes_->data(), width, height, 1, width};
  return rgb();
}

PlaneView PictureFrame::luma() {
  if (format_ == PictureFormat::kRawGray) return {bytes_->data(), width, height, 8, width};
  if (format_ != PictureFormat::kJpeg) throw DataError(name_, "has no luma plane", "use gray, which is made from RGB");
  if (!luma_) luma_ = std::make_shared<const Image>(decode_jpeg(*bytes_, name_, 1));
  return {luma_->pixels.data(), width, height, 8, width};
}

std::shared_ptr<const void> PictureFrame::hold() const {
  if (format_ == PictureFormat::kRawGray) return bytes_;
  return luma_;
}

}  // namespace vs::media
