#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/media/image_pixels.h"
#include "lib/media/image_resize.h"
#include "lib/media/image_resize_pillow.h"

namespace vs::media {
namespace {

Image noise(int width, int height, int channels, uint64_t seed = 1) {
  Image picture(width, height, channels);
  for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<uint8_t>(splitmix64(seed + i));
  return picture;
}

constexpr OpencvResize kAll[] = {OpencvResize::kNearest, OpencvResize::kBilinear, OpencvResize::kBicubic,
                                 OpencvResize::kArea, OpencvResize::kLanczos};

Image resized(const Image& picture, Size size, OpencvResize how) {
  Image output;
  resize_as_opencv(picture.view(), size, how, output);
  return output;
}

Image by_pillow(const Image& picture, Size size) {
  Image output;
  resize_as_pillow(picture.view(), size, output);
  return output;
}

/// One output sample of an antialiased triangle in doubles.
double triangle(const std::vector<double>& line, int output, int o) {
  const double scale = static_cast<double>(line.size()) / output, support = std::max(scale, 1.0);
  double sum = 0, weights = 0;
  for (size_t k = 0; k < line.size(); ++k) {
    const double weight = std::max(0.0, 1 - std::abs(static_cast<double>(k) + 0.5 - (o + 0.5) * scale) / support);
    sum += weight * line[k];
    weights += weight;
  }
  return sum / weights;
}

}  // namespace

TEST_CASE("opencv's bilinear is the one that conversion uses") {
  const Image picture = noise(37, 53, 3);
  for (const Size size : {Size{20, 31}, Size{74, 12}, Size{80, 90}, Size{1, 1}, Size{37, 10}}) {
    Image own(size.width, size.height, 3);
    opencv_bilinear(picture.view(), own);
    CHECK(resized(picture, size, OpencvResize::kBilinear).pixels == own.pixels);
  }
}

TEST_CASE("opencv's rules differ where they should") {
  Image stripes(8, 1, 1);
  for (int x = 0; x < 8; ++x) stripes.pixels[static_cast<size_t>(x)] = x % 4 == 0 ? 200 : 0;
  // Reduced by 4: nearest takes sample 0, area the mean of four, bilinear the two in the middle.
  CHECK(resized(stripes, {2, 1}, OpencvResize::kNearest).pixels == std::vector<uint8_t>{200, 200});
  CHECK(resized(stripes, {2, 1}, OpencvResize::kArea).pixels == std::vector<uint8_t>{50, 50});
  CHECK(resized(stripes, {2, 1}, OpencvResize::kBilinear).pixels == std::vector<uint8_t>{0, 0});
}

TEST_CASE("a size that stays changes nothing, one colour neither") {
  const Image picture = noise(9, 7, 3);
  Image flat(9, 7, 3);
  std::fill(flat.pixels.begin(), flat.pixels.end(), uint8_t{255});
  for (const OpencvResize how : kAll) {
    CHECK(resized(picture, {9, 7}, how).pixels == picture.pixels);
    for (const uint8_t value : resized(flat, {4, 11}, how).pixels) CHECK(value == 255);
  }
  CHECK(by_pillow(picture, {9, 7}).pixels == picture.pixels);
  for (const uint8_t value : by_pillow(flat, {4, 11}).pixels) CHECK(value == 255);
}

TEST_CASE("a part of a picture is resized as the part alone") {
  const Image picture = noise(40, 30, 3);
  Image part(10, 12, 3);
  for (int y = 0; y < 12; ++y) std::copy_n(picture.row(y + 5) + 3 * 7, 30, part.row(y));
  const ImageView inside{picture.row(5) + 3 * 7, 10, 12, 3, picture.view().stride};
  Image output;
  resize_as_opencv(inside, {17, 5}, OpencvResize::kBilinear, output);
  CHECK(output.pixels == resized(part, {17, 5}, OpencvResize::kBilinear).pixels);
  resize_as_pillow(inside, {17, 5}, output);
  CHECK(output.pixels == by_pillow(part, {17, 5}).pixels);
}

TEST_CASE("pillow's bilinear is a triangle as wide as the reduction") {
  for (const int channels : {1, 3, 4}) {
    const Image picture = noise(50, 3, channels, 5);
    for (const int width : {7, 20, 49, 90}) {
      const Image output = by_pillow(picture, {width, 3});
      for (int y = 0; y < 3; ++y)
        for (int c = 0; c < channels; ++c) {
          std::vector<double> line;
          for (int x = 0; x < 50; ++x) line.push_back(picture.row(y)[x * channels + c]);
          for (int o = 0; o < width; ++o)
            CHECK(std::abs(output.row(y)[o * channels + c] - triangle(line, width, o)) <= 0.5001);
        }
    }
  }
}

TEST_CASE("pillow's bilinear rounds the width before the height") {
  // 0 and 1 side by side become 1 (0.5 rounded up) in both rows, and stay 1 when the rows are merged; merged at once
  // the mean of four would be 0.25 or 0.75.
  Image picture(2, 2, 1);
  picture.pixels = {0, 1, 0, 1};
  CHECK(by_pillow(picture, {1, 1}).pixels == std::vector<uint8_t>{1});
  picture.pixels = {0, 1, 0, 0};
  CHECK(by_pillow(picture, {1, 1}).pixels == std::vector<uint8_t>{1});
}

TEST_CASE("any part of pillow's result is that part") {
  const Image picture = noise(61, 47, 3);
  for (const Size size : {Size{30, 20}, Size{61, 20}, Size{30, 47}, Size{80, 90}, Size{61, 47}}) {
    const Image whole = by_pillow(picture, size);
    const PicturePart part{size.width / 3, size.height / 4, {size.width / 2, size.height / 3}};
    Image output;
    resize_as_pillow(picture.view(), size, part, output);
    REQUIRE(output.width == part.size.width);
    REQUIRE(output.height == part.size.height);
    for (int y = 0; y < output.height; ++y)
      CHECK(std::equal(output.row(y), output.row(y) + 3 * output.width, whole.row(part.top + y) + 3 * part.left));
  }
  Image output;
  CHECK_THROWS_AS(resize_as_pillow(picture.view(), {10, 10}, {5, 0, {6, 10}}, output), std::logic_error);
}

TEST_CASE("sizes that cannot be are refused, names are checked") {
  const Image picture = noise(4, 4, 3);
  Image output;
  for (const Size size : {Size{0, 4}, Size{4, -1}, Size{kMaxImageSide + 1, 1}}) {
    CHECK_THROWS_AS(resize_as_opencv(picture.view(), size, OpencvResize::kArea, output), DataError);
    CHECK_THROWS_AS(resize_as_pillow(picture.view(), size, output), DataError);
  }
  CHECK_THROWS_AS(resize_as_opencv({nullptr, 0, 0, 3, 0}, {4, 4}, OpencvResize::kArea, output), DataError);
  CHECK(parse_opencv_resize("lanczos", "step") == OpencvResize::kLanczos);
  CHECK_THROWS_WITH_AS(parse_opencv_resize("bilinaer", "step"),
                       "step: \"bilinaer\" is no interpolation (did you mean \"bilinear\"?)", UsageError);
}

}  // namespace vs::media
