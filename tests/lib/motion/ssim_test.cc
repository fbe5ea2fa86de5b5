#include "lib/motion/ssim.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "tests/lib/motion/pictures.h"

namespace vs::motion {
namespace {

using testing::constant;
using testing::noise;

// The published formula, written out naively: means, sample (co)variances of each 7x7 window.
double naive_window(const media::Image& a, const media::Image& b, int left, int top) {
  double ua = 0, ub = 0, uaa = 0, ubb = 0, uab = 0;
  for (int y = top; y < top + 7; ++y) {
    for (int x = left; x < left + 7; ++x) {
      const double va = a.row(y)[x], vb = b.row(y)[x];
      ua += va / 49;
      ub += vb / 49;
      uaa += va * va / 49;
      ubb += vb * vb / 49;
      uab += va * vb / 49;
    }
  }
  const double c1 = std::pow(0.01 * 255, 2), c2 = std::pow(0.03 * 255, 2), n = 49;
  const double vaa = (uaa - ua * ua) * n / (n - 1), vbb = (ubb - ub * ub) * n / (n - 1);
  const double vab = (uab - ua * ub) * n / (n - 1);
  return (2 * ua * ub + c1) * (2 * vab + c2) / ((ua * ua + ub * ub + c1) * (vaa + vbb + c2));
}

TEST_CASE("the map equals the formula, the mean is its mean") {
  for (const auto& [width, height] : {std::pair{7, 7}, {8, 7}, {7, 9}, {40, 23}, {65, 31}}) {
    const media::Image a = noise(width, height, 1, 1);
    media::Image b = noise(width, height, 1, 2);
    for (std::size_t i = 0; i < b.pixels.size(); i += 3) b.pixels[i] = a.pixels[i];  // some likeness
    Ssim ssim;
    const auto map = ssim.map(a.view(), b.view());
    REQUIRE(map.size() == static_cast<std::size_t>((width - 6) * (height - 6)));
    double total = 0;
    for (int y = 0; y < height - 6; ++y) {
      for (int x = 0; x < width - 6; ++x) {
        const double want = naive_window(a, b, x, y);
        CHECK(map[static_cast<std::size_t>(y * (width - 6) + x)] == doctest::Approx(want).epsilon(1e-9));
        total += want;
      }
    }
    const double mean = total / static_cast<double>(map.size());
    CHECK(ssim.mean(a.view(), b.view()) == doctest::Approx(mean).epsilon(1e-12));
    CHECK(ssim.motion(a.view(), b.view()) == doctest::Approx(1 - mean).epsilon(1e-12));
  }
}

TEST_CASE("equal pictures give exactly 0, whatever they hold") {
  Ssim ssim;
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const media::Image a = noise(33, 18, 1, seed);
    CHECK(ssim.motion(a.view(), a.view()) == 0.0);
  }
  for (const int value : {0, 1, 127, 255}) {
    const media::Image a = constant(20, 20, 1, static_cast<uint8_t>(value));
    CHECK(ssim.motion(a.view(), a.view()) == 0.0);
  }
}

TEST_CASE("black against white is the largest difference of flat pictures") {
  Ssim ssim;
  const media::Image black = constant(9, 9, 1, 0), white = constant(9, 9, 1, 255);
  const double c1 = std::pow(0.01 * 255, 2);
  CHECK(ssim.motion(black.view(), white.view()) == doctest::Approx(1 - c1 / (255.0 * 255 + c1)).epsilon(1e-12));
}

TEST_CASE("a picture against its negative has negative SSIM, motion above 1") {
  const media::Image a = noise(30, 30, 1, 5);
  media::Image b = a;
  for (auto& value : b.pixels) value = static_cast<uint8_t>(255 - value);
  Ssim ssim;
  CHECK(ssim.motion(a.view(), b.view()) > 1);
  CHECK(ssim.motion(a.view(), b.view()) < 2);
}

TEST_CASE("order of the pair and padding of the rows do not matter") {
  const media::Image a = noise(21, 15, 1, 8), b = noise(21, 15, 1, 9);
  Ssim ssim;
  CHECK(ssim.mean(a.view(), b.view()) == ssim.mean(b.view(), a.view()));
  media::Image wide = noise(32, 15, 1, 10);
  for (int y = 0; y < 15; ++y) std::copy_n(a.row(y), 21, wide.row(y));
  const media::ImageView padded{wide.pixels.data(), 21, 15, 1, 32};
  CHECK(ssim.mean(padded, b.view()) == ssim.mean(a.view(), b.view()));
}

TEST_CASE("what has no SSIM is refused") {
  Ssim ssim;
  const media::Image small = constant(6, 50, 1, 3), low = constant(50, 6, 1, 3), good = constant(50, 50, 1, 3);
  CHECK_THROWS_AS(ssim.mean(small.view(), small.view()), DataError);
  CHECK_THROWS_AS(ssim.map(low.view(), low.view()), DataError);
  CHECK_THROWS_AS(ssim.mean(good.view(), low.view()), DataError);
}

}  // namespace
}  // namespace vs::motion
