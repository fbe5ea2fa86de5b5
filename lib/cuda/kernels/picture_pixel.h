// One pixel of a decoded 4:2:0 picture as the CPU makes it: libswscale's colours, then OpenCV's bilinear on bytes.
#pragma once

#include <cmath>
#include <cstdint>

#include "lib/cuda/kernels/host_device.h"

namespace vs::cuda {

/// What a colour is made with, in 1/8192; luma_offset in 1/8 of a luma step. Made by yuv_to_rgb().
struct YuvToRgb {
  int32_t luma_offset = 0, luma = 0;
  int32_t red_of_cr = 0, green_of_cb = 0, green_of_cr = 0, blue_of_cb = 0;
};

/// A borrowed 8-bit 4:2:0 picture of width x height, at least 1 x 1, and what is wanted of it: resized to resized_width
/// x resized_height, from there the rectangle that begins at (left, top), turned left to right if `flipped`.
///
/// Where a second resize is wanted, `again_width` is not 0: then the rectangle at (left, top) is part_width x
/// part_height, at least 1 x 1 and within the resized picture, and is resized to again_width x again_height; what is
/// wanted is the rectangle of that which begins at (again_left, again_top).
///
/// Chroma planes have ceil(width / 2) x ceil(height / 2) samples. Planar: chroma_step 1. NV12: chroma_step 2, cr = cb
/// + 1. Places beyond the edges repeat the edge.
struct YuvPicture {
  const uint8_t* luma = nullptr;
  const uint8_t* cb = nullptr;
  const uint8_t* cr = nullptr;
  int64_t luma_pitch = 0, chroma_pitch = 0;  ///< bytes from row to row
  int32_t luma_step = 1, chroma_step = 1;    ///< bytes from sample to sample
  int32_t width = 0, height = 0;
  YuvToRgb colors = {};
  int32_t resized_width = 0, resized_height = 0;
  int32_t left = 0, top = 0;
  int32_t part_width = 0, part_height = 0;
  int32_t again_width = 0, again_height = 0;
  int32_t again_left = 0, again_top = 0;
  bool flipped = false;
  int64_t place = 0;  ///< of its first value of red in PictureTensors::data, elements
};

struct Rgb {
  int32_t red, green, blue;
};

VS_HOST_DEVICE inline int32_t clamped(int32_t value, int32_t lowest, int32_t highest) {
  return value < lowest ? lowest : value > highest ? highest : value;
}

/// The colour of one pixel, each part in 0..255. A chroma sample serves its 2 x 2 pixels, products are cut to 1/1: as
/// libswscale's vector code for x86 converts to RGB24 at the same size, to the bit.
VS_HOST_DEVICE inline Rgb rgb_of_pixel(const YuvPicture& picture, int32_t x, int32_t y) {
  const YuvToRgb& colors = picture.colors;
  const int64_t chroma_place = int64_t{y / 2} * picture.chroma_pitch + int64_t{x / 2} * picture.chroma_step;
  const int32_t luma =
      picture.luma[int64_t{y} * picture.luma_pitch + int64_t{x} * picture.luma_step] * 8 - colors.luma_offset;
  const int32_t cb = (picture.cb[chroma_place] - 128) * 8, cr = (picture.cr[chroma_place] - 128) * 8;
  const auto part = [](int32_t value, int32_t factor) { return (value * factor) >> 16; };
  const int32_t gray = part(luma, colors.luma);
  return {clamped(gray + part(cr, colors.red_of_cr), 0, 255),
          clamped(gray + part(cb, colors.green_of_cb) + part(cr, colors.green_of_cr), 0, 255),
          clamped(gray + part(cb, colors.blue_of_cb), 0, 255)};
}

/// Where one position of a resized axis reads: two neighbours and their weights, in 1/2048.
struct AxisTap {
  int32_t first, second, weight_first, weight_second;
};

/// Half-pixel centres. Beyond the edges rows are repeated with their weights, columns get all the weight at once, as in
/// vs::media::opencv_bilinear.
VS_HOST_DEVICE inline AxisTap axis_tap(int32_t position, int32_t input, int32_t output, bool is_column) {
  constexpr float kWeightOne = 2048;
  const double scale = static_cast<double>(input) / output;
  float place = static_cast<float>(rounded_product(position + 0.5, scale) - 0.5);
  const float whole = floorf(place);
  auto first = static_cast<int32_t>(whole);
  place -= whole;
  if (is_column && (first < 0 || first >= input - 1)) {
    first = clamped(first, 0, input - 1);
    place = 0;
  }
  return {clamped(first, 0, input - 1), clamped(first + 1, 0, input - 1),
          static_cast<int32_t>(rintf((1.0F - place) * kWeightOne)), static_cast<int32_t>(rintf(place * kWeightOne))};
}

/// Pixel (x, y) of a picture of width x height, whose pixels `pixel_of` gives, resized: OpenCV's INTER_LINEAR on bytes,
/// to the bit. Halving both sides exactly is the mean of 2 x 2 pixels.
template <class PixelOf>
VS_HOST_DEVICE inline Rgb resized_pixel(const PixelOf& pixel_of, int32_t width, int32_t height, int32_t resized_width,
                                        int32_t resized_height, int32_t x, int32_t y) {
  if (width == resized_width && height == resized_height)
    return pixel_of(clamped(x, 0, width - 1), clamped(y, 0, height - 1));
  const bool halves = width == 2 * resized_width && height == 2 * resized_height;
  x = clamped(x, 0, resized_width - 1);
  y = clamped(y, 0, resized_height - 1);
  const AxisTap column = axis_tap(x, width, resized_width, true);
  const AxisTap row = axis_tap(y, height, resized_height, false);
  const Rgb upper_left = pixel_of(column.first, row.first);
  const Rgb upper_right = pixel_of(column.second, row.first);
  const Rgb lower_left = pixel_of(column.first, row.second);
  const Rgb lower_right = pixel_of(column.second, row.second);
  const auto blend = [&](int32_t a, int32_t b, int32_t c, int32_t d) {
    if (halves) return (a + b + c + d + 2) >> 2;
    const int32_t upper = (a * column.weight_first + b * column.weight_second) >> 4;
    const int32_t lower = (c * column.weight_first + d * column.weight_second) >> 4;
    return clamped((((row.weight_first * upper) >> 16) + ((row.weight_second * lower) >> 16) + 2) >> 2, 0, 255);
  };
  return {blend(upper_left.red, upper_right.red, lower_left.red, lower_right.red),
          blend(upper_left.green, upper_right.green, lower_left.green, lower_right.green),
          blend(upper_left.blue, upper_right.blue, lower_left.blue, lower_right.blue)};
}

/// Pixels of the picture, and of its part after the first resize.
struct PixelOfPicture {
  const YuvPicture& picture;
  VS_HOST_DEVICE Rgb operator()(int32_t x, int32_t y) const { return rgb_of_pixel(picture, x, y); }
};
struct PixelOfPart {
  const YuvPicture& picture;
  VS_HOST_DEVICE Rgb operator()(int32_t x, int32_t y) const {
    return resized_pixel(PixelOfPicture{picture}, picture.width, picture.height, picture.resized_width,
                         picture.resized_height, picture.left + x, picture.top + y);
  }
};

/// Pixel (row, column) of the rectangle that is wanted, of `output_width` columns.
VS_HOST_DEVICE inline Rgb rgb_of_output_pixel(const YuvPicture& picture, int32_t output_width, int32_t row,
                                              int32_t column) {
  const PixelOfPart part{picture};
  const int32_t x = picture.flipped ? output_width - 1 - column : column;
  if (picture.again_width == 0) return part(x, row);
  return resized_pixel(part, picture.part_width, picture.part_height, picture.again_width, picture.again_height,
                       picture.again_left + x, picture.again_top + row);
}

}  // namespace vs::cuda
