#include "lib/motion/absolute_difference.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "lib/core/error.h"
#include "tests/lib/motion/pictures.h"

namespace vs::motion {
namespace {

using testing::constant;
using testing::noise;

TEST_CASE("pictures: the mean over all samples") {
  const media::Image a = noise(37, 11, 3, 1), b = noise(37, 11, 3, 2);
  int64_t sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(int{a.pixels[i]} - int{b.pixels[i]});
  CHECK(mean_absolute_difference(a.view(), b.view()) == static_cast<double>(sum) / (37 * 11 * 3));
  CHECK(mean_absolute_difference(a.view(), a.view()) == 0);
  CHECK(mean_absolute_difference(constant(1, 1, 1, 0).view(), constant(1, 1, 1, 255).view()) == 255);
}

TEST_CASE("planes of 8 and more bits, rows with padding and at odd addresses") {
  std::vector<uint8_t> a(2 * 64 * 5 + 1), b(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<uint8_t>(i * 37);
    b[i] = static_cast<uint8_t>(i * 91 + 5);
  }
  for (const int bits : {8, 10, 16}) {
    const int bytes = bits > 8 ? 2 : 1, width = 21, height = 5;
    const media::PlaneView plane_a{a.data() + 1, width, height, bits, 64},
        plane_b{b.data() + 1, width, height, bits, 64};
    int64_t sum = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto at = static_cast<std::size_t>(1 + y * 64 + x * bytes);
        const int va = bytes == 2 ? a[at] + 256 * a[at + 1] : a[at], vb = bytes == 2 ? b[at] + 256 * b[at + 1] : b[at];
        sum += std::abs(va - vb);
      }
    }
    CHECK(mean_absolute_difference(plane_a, plane_b) == static_cast<double>(sum) / (width * height));
  }
}

TEST_CASE("a row of the largest differences does not overflow") {
  const int width = 200000;
  const std::vector<uint8_t> low(2 * width, 0), high(2 * width, 255);
  const media::PlaneView a{low.data(), width, 1, 16, 2 * width}, b{high.data(), width, 1, 16, 2 * width};
  CHECK(mean_absolute_difference(a, b) == 65535);
}

TEST_CASE("pairs that cannot be compared are refused") {
  const media::Image a = constant(4, 4, 1, 0), b = constant(4, 5, 1, 0), rgb = constant(4, 4, 3, 0);
  CHECK_THROWS_AS(mean_absolute_difference(a.view(), b.view()), DataError);
  CHECK_THROWS_AS(mean_absolute_difference(a.view(), rgb.view()), DataError);
  CHECK_THROWS_AS(mean_absolute_difference(media::ImageView{}, media::ImageView{}), DataError);
  const std::vector<uint8_t> bytes(64);
  const media::PlaneView p8{bytes.data(), 4, 4, 8, 4}, p10{bytes.data(), 4, 4, 10, 8}, p7{bytes.data(), 4, 4, 7, 4};
  CHECK_THROWS_AS(mean_absolute_difference(p8, p10), DataError);
  CHECK_THROWS_AS(mean_absolute_difference(p7, p7), DataError);
}

}  // namespace
}  // namespace vs::motion
