#include "lib/media/image_pixels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <random>

namespace vs::media {
namespace {

Image noise(int width, int height, int channels, unsigned seed) {
  Image image(width, height, channels);
  std::mt19937 random(seed);
  for (auto& value : image.pixels) value = static_cast<uint8_t>(random());
  return image;
}

cv::Mat as_matrix(const Image& image) {
  return {image.height, image.width, CV_8UC(image.channels), const_cast<uint8_t*>(image.pixels.data())};
}

}  // namespace

TEST_CASE("range expansion equals rounding in real numbers for every sample") {
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const auto sample = static_cast<uint8_t>(i);
    uint8_t luma = 0, chroma = 0;
    expand_luma(&sample, &luma, 1);
    expand_chroma(&sample, &chroma, 1);
    CHECK(luma == std::clamp(std::lround((i - 16) * 255.0 / 219), 0L, 255L));
    CHECK(chroma == std::clamp(128 + std::lround((i - 128) * 255.0 / 224), 0L, 255L));
  }
}

TEST_CASE("bilinear equals OpenCV's to the bit") {
  const int sizes[][4] = {{64, 48, 32, 24}, {64, 48, 31, 23}, {64, 48, 100, 77},    {321, 241, 224, 224}, {7, 5, 1, 1},
                          {1, 1, 9, 4},     {50, 40, 25, 40}, {640, 360, 455, 256}, {480, 270, 341, 192}};
  for (const auto& size : sizes) {
    for (int channels : {1, 3}) {
      CAPTURE(size[0]);
      CAPTURE(size[1]);
      CAPTURE(size[2]);
      CAPTURE(size[3]);
      CAPTURE(channels);
      const Image input = noise(size[0], size[1], channels, 7);
      Image output(size[2], size[3], channels);
      opencv_bilinear(input.view(), output);
      cv::Mat expected;
      cv::resize(as_matrix(input), expected, {size[2], size[3]}, 0, 0, cv::INTER_LINEAR);
      CHECK(std::equal(output.pixels.begin(), output.pixels.end(), expected.data));
    }
  }
}

TEST_CASE("gray equals OpenCV's to the bit") {
  const Image input = noise(61, 47, 3, 3);
  Image gray;
  rgb_to_gray(input.view(), gray);
  cv::Mat expected;
  cv::cvtColor(as_matrix(input), expected, cv::COLOR_RGB2GRAY);
  CHECK(std::equal(gray.pixels.begin(), gray.pixels.end(), expected.data));
}

TEST_CASE("turning by quarters") {
  Image input(3, 2, 1);
  input.pixels = {1, 2, 3, 4, 5, 6};
  Image output;
  turn_clockwise(input.view(), 90, output);
  CHECK(output.width == 2);
  CHECK(output.height == 3);
  CHECK(output.pixels == std::vector<uint8_t>{4, 1, 5, 2, 6, 3});
  turn_clockwise(input.view(), 180, output);
  CHECK(output.pixels == std::vector<uint8_t>{6, 5, 4, 3, 2, 1});
  turn_clockwise(input.view(), 270, output);
  CHECK(output.pixels == std::vector<uint8_t>{3, 6, 2, 5, 1, 4});
  turn_clockwise(input.view(), 0, output);
  CHECK(output.pixels == input.pixels);
  CHECK_THROWS_AS(turn_clockwise(input.view(), 45, output), std::logic_error);
  const Image color = noise(5, 4, 3, 1);
  Image once, back;
  turn_clockwise(color.view(), 90, once);
  turn_clockwise(once.view(), 270, back);
  CHECK(back.pixels == color.pixels);
}

TEST_CASE("planes of odd size turn with their chroma") {
  YuvImage planes, turned, back;
  planes.resize(5, 3);
  std::mt19937 random(5);
  for (auto* plane : {&planes.y, &planes.cb, &planes.cr}) {
    for (auto& value : *plane) value = static_cast<uint8_t>(random());
  }
  turn_clockwise(planes, 90, turned);
  CHECK(turned.width == 3);
  CHECK(turned.height == 5);
  CHECK(turned.y[2] == planes.y[0]);
  CHECK(turned.cb[1] == planes.cb[0]);
  turn_clockwise(turned, 270, back);
  planes.repeat_edges();
  back.repeat_edges();
  CHECK(back.y == planes.y);
  CHECK(back.cb == planes.cb);
  CHECK(back.cr == planes.cr);
}

TEST_CASE("a change of matrix keeps the colour") {
  // A colour as full-range BT.709 planes, then as BT.601, must be the same RGB.
  const double red = 200, green = 60, blue = 90;
  const auto planes_of = [&](double kr, double kb) {
    const double y = kr * red + (1 - kr - kb) * green + kb * blue;
    return std::array<double, 3>{y, 128 + (blue - y) / (2 * (1 - kb)), 128 + (red - y) / (2 * (1 - kr))};
  };
  const auto from = planes_of(0.2126, 0.0722), to = planes_of(0.299, 0.114);
  YuvImage planes;
  planes.resize(3, 3);
  std::fill(planes.y.begin(), planes.y.end(), static_cast<uint8_t>(std::lround(from[0])));
  std::fill(planes.cb.begin(), planes.cb.end(), static_cast<uint8_t>(std::lround(from[1])));
  std::fill(planes.cr.begin(), planes.cr.end(), static_cast<uint8_t>(std::lround(from[2])));
  change_matrix(planes, matrix_to_bt601(0.2126, 0.0722));
  CHECK(std::abs(planes.y[0] - to[0]) <= 1.01);
  CHECK(std::abs(planes.y[2 * planes.luma_stride + 2] - to[0]) <= 1.01);
  CHECK(std::abs(planes.cb[0] - to[1]) <= 1.01);
  CHECK(std::abs(planes.cr[planes.chroma_stride + 1] - to[2]) <= 1.01);
}

TEST_CASE("BT.601 to itself changes nothing, and gray stays gray") {
  const auto same = matrix_to_bt601(0.299, 0.114);
  CHECK(same.luma[0] == doctest::Approx(0));
  CHECK(same.chroma[0] == doctest::Approx(1));
  CHECK(same.chroma[1] == doctest::Approx(0));
  YuvImage planes;
  planes.resize(4, 4);
  std::fill(planes.y.begin(), planes.y.end(), uint8_t{77});
  std::fill(planes.cb.begin(), planes.cb.end(), uint8_t{128});
  std::fill(planes.cr.begin(), planes.cr.end(), uint8_t{128});
  change_matrix(planes, matrix_to_bt601(0.2126, 0.0722));
  CHECK(planes.y[5] == 77);
  CHECK(planes.cb[0] == 128);
}

}  // namespace vs::media
