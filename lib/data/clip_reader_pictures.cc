#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/core/error.h"
#include "lib/data/clip_reader_internal.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/image_pixels.h"
#include "lib/media/image_png.h"
#include "lib/media/picture_frame.h"
#include "lib/sampling/geometry.h"

namespace vs::data {
namespace {

/// The size with this short side, by the rule of the transforms.
sampling::Size with_short_side(int width, int height, int64_t short_side) {
  return sampling::rescale_within({width, height}, -1, short_side);
}

media::Image copy_of(const media::ImageView& view) {
  media::Image image(view.width, view.height, view.channels);
  const std::size_t row_bytes = static_cast<std::size_t>(view.width) * static_cast<std::size_t>(view.channels);
  for (int y = 0; y < view.height; ++y) std::copy_n(view.data + y * view.stride, row_bytes, image.row(y));
  return image;
}

media::Image rgb_of_gray(const std::vector<uint8_t>& gray, int width, int height) {
  media::Image image(width, height, 3);
  for (std::size_t i = 0; i < gray.size(); ++i) {
    std::fill_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, gray[i]);
  }
  return image;
}

}  // namespace

void PictureTaker::check_size(int64_t frame, int width, int height) {
  if (first_frame_ < 0) {
    first_frame_ = frame;
    first_width_ = width;
    first_height_ = height;
  } else if (width != first_width_ || height != first_height_) {
    throw DataError(place_,
                    fmt::format("frame {} is {}x{}, frame {} is {}x{}", frame, width, height, first_frame_,
                                first_width_, first_height_),
                    "frames of one video must have one size");
  }
}

void PictureTaker::take(int64_t frame, const media::ImageView& picture, int rotate_clockwise) {
  media::Image turned;
  if (rotate_clockwise != 0) media::turn_clockwise(picture, rotate_clockwise, turned);
  const media::ImageView view = rotate_clockwise != 0 ? turned.view() : picture;
  check_size(frame, view.width, view.height);
  if (options_.short_side > 0) {
    const sampling::Size size = with_short_side(view.width, view.height, options_.short_side);
    if (size != sampling::Size{view.width, view.height}) {
      if (!media::image_size_ok(size.width, size.height)) {
        throw DataError(place_, fmt::format("cannot be made {}x{}", size.width, size.height));
      }
      media::Image resized(static_cast<int>(size.width), static_cast<int>(size.height), view.channels);
      media::opencv_bilinear(view, resized);
      return store(frame, std::move(resized));
    }
  }
  store(frame, rotate_clockwise != 0 ? std::move(turned) : copy_of(view));
}

void PictureTaker::store(int64_t frame, media::Image picture) {
  on_device_.erase(frame);  // a decoder that left its hardware gives frames once more
  taken_.insert_or_assign(frame, std::move(picture));
}

bool PictureTaker::take_on_device(const media::Frame& frame, int rotate_clockwise) {
  if (!options_.on_device || rotate_clockwise != 0) return false;
  const std::optional<media::DevicePicture> picture = frame.device_picture();
  if (!picture || !options_.on_device->takes(*picture)) return false;
  if (!pictures_) {
    pictures_ = options_.on_device->make(*picture);
    first_picture_ = *picture;
  } else if (!media::are_alike(*picture, first_picture_)) {
    return false;
  }
  check_size(frame.index, picture->width, picture->height);
  on_device_.insert_or_assign(frame.index, pictures_->add(*picture, frame.hold()));
  return true;
}

bool PictureTaker::settle_on_device() {
  if (taken_.empty()) return pictures_ != nullptr;
  for (const auto& [frame, number] : std::exchange(on_device_, {}))
    take(frame, media::picture_on_host(*pictures_, number).view(), 0);
  return false;
}

void PictureTaker::keep(int64_t frame, media::Image picture) {
  if (options_.short_side > 0) return take(frame, picture.view(), 0);
  check_size(frame, picture.width, picture.height);
  store(frame, std::move(picture));
}

void PictureTaker::take_encoded(int64_t frame, std::span<const uint8_t> bytes, const std::string& name) {
  const auto format = media::picture_format(bytes);
  if (!format) throw DataError(name, "is neither a JPEG nor a PNG picture");
  if (*format == media::PictureFormat::kPng) return keep(frame, media::decode_png(bytes, name, 3));
  int reduction = 1;
  if (options_.jpeg_short_side > 0) {
    const media::JpegInfo info = media::read_jpeg_header(bytes, name);
    const sampling::Size wanted = with_short_side(info.width, info.height, options_.jpeg_short_side);
    if (wanted.width <= info.width && wanted.height <= info.height) {
      reduction = media::jpeg_scale_denominator(info.width, info.height, static_cast<int>(wanted.width),
                                                static_cast<int>(wanted.height));
    }
  }
  jpeg_reduction_ = std::max(jpeg_reduction_, reduction);
  keep(frame, media::decode_jpeg(bytes, name, 3, reduction));
}

void PictureTaker::take_raw(int64_t frame, std::vector<uint8_t> bytes, int width, int height, int channels,
                            const std::string& name) {
  const int64_t expected = int64_t{width} * height * channels;
  if (!media::image_size_ok(width, height) || static_cast<int64_t>(bytes.size()) != expected) {
    throw DataError(name, fmt::format("{} bytes are no raw picture of {}x{}", bytes.size(), width, height));
  }
  if (channels == 1) return keep(frame, rgb_of_gray(bytes, width, height));
  media::Image picture;
  picture.width = width;
  picture.height = height;
  picture.channels = channels;
  picture.pixels = std::move(bytes);
  keep(frame, std::move(picture));
}

media::Image PictureTaker::give(int64_t frame, bool last_use) {
  const auto found = taken_.find(frame);
  return last_use ? std::move(found->second) : found->second;
}

}  // namespace vs::data
