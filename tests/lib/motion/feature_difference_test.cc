#include "lib/motion/feature_difference.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "tests/lib/motion/pictures.h"

namespace vs::motion {
namespace {

using testing::noise;

std::vector<float> some_weights() {
  std::vector<float> weights(8 * 3 * 49);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>((i * 7919) % 201) / 100.0F - 1.0F;
  return weights;
}

// Convolves each frame by itself, in double, with a bias, as the definition says.
double naive_norm(const media::Image& a, const media::Image& b, const std::vector<float>& weights, int x, int y) {
  double sum = 0;
  for (int o = 0; o < 8; ++o) {
    double fa = 0.5, fb = 0.5;
    for (int c = 0; c < 3; ++c) {
      for (int ky = 0; ky < 7; ++ky) {
        for (int kx = 0; kx < 7; ++kx) {
          const int py = y + ky - 3, px = x + kx - 3;
          if (py < 0 || px < 0 || py >= a.height || px >= a.width) continue;
          const double weight = weights[static_cast<std::size_t>(((o * 3 + c) * 7 + ky) * 7 + kx)];
          fa += weight * a.row(py)[px * 3 + (2 - c)];  // weights are in the order B, G, R
          fb += weight * b.row(py)[px * 3 + (2 - c)];
        }
      }
    }
    sum += (fa - fb + 1e-6) * (fa - fb + 1e-6);
  }
  return std::sqrt(sum);
}

TEST_CASE("the map equals two separate convolutions and their distance") {
  const auto weights = some_weights();
  const media::Image a = noise(12, 9, 3, 1), b = noise(12, 9, 3, 2);
  FeatureDifference feature(weights);
  const auto map = feature.map(a.view(), b.view());
  REQUIRE(map.size() == 12 * 9);
  double total = 0;
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 12; ++x) {
      const double want = naive_norm(a, b, weights, x, y);
      CHECK(map[static_cast<std::size_t>(y * 12 + x)] == doctest::Approx(want).epsilon(1e-5));
      total += want;
    }
  }
  CHECK(feature.motion(a.view(), b.view()) == doctest::Approx(total).epsilon(1e-5));
}

TEST_CASE("equal frames give sqrt(8) * 1e-6 a pixel") {
  FeatureDifference feature(some_weights());
  const media::Image a = noise(10, 4, 3, 3);
  CHECK(feature.motion(a.view(), a.view()) == doctest::Approx(40 * std::sqrt(8.0) * 1e-6).epsilon(1e-6));
}

TEST_CASE("large pictures of which parts do not change; any number of threads") {
  // Several blocks and bands, the last of each cut; a change at the picture's edges and across those of blocks.
  const auto weights = some_weights();
  const media::Image a = noise(150, 37, 3, 4);
  media::Image b = a;
  for (const auto& [x, y] : {std::pair{0, 0}, {149, 36}, {64, 15}, {61, 16}, {127, 30}, {128, 3}}) {
    for (int c = 0; c < 3; ++c) b.row(y)[x * 3 + c] = static_cast<uint8_t>(b.row(y)[x * 3 + c] + 40 * c + 17);
  }
  const FeatureDifference feature(weights);
  const auto map = feature.map(a.view(), b.view());
  REQUIRE(map.size() == 150 * 37);
  for (int y = 0; y < 37; ++y) {
    for (int x = 0; x < 150; ++x) {
      const double want = naive_norm(a, b, weights, x, y);
      if (std::abs(map[static_cast<std::size_t>(y * 150 + x)] - want) > 1e-5 * want + 1e-9) FAIL(x << ", " << y);
    }
  }
  CHECK(feature.map(a.view(), b.view(), 3) == map);
  const media::Image other = noise(150, 37, 3, 5);
  CHECK(feature.motion(a.view(), other.view(), 4) == feature.motion(a.view(), other.view(), 1));
}

TEST_CASE("weights so large that the sum is not finite") {
  const FeatureDifference feature(std::vector<float>(1176, 1e38F));
  CHECK_THROWS_WITH_AS(feature.motion(noise(4, 4, 3, 1).view(), noise(4, 4, 3, 2).view()),
                       doctest::Contains("not finite"), DataError);
}

TEST_CASE("bad weights and pairs are refused") {
  CHECK_THROWS_AS(FeatureDifference(std::vector<float>(1175)), DataError);
  std::vector<float> weights(1176);
  weights[5] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(FeatureDifference{weights}, DataError);
  FeatureDifference feature(some_weights());
  CHECK_THROWS_AS(feature.motion(noise(4, 4, 3, 1).view(), noise(5, 4, 3, 1).view()), DataError);
  CHECK_THROWS_AS(feature.motion(noise(4, 4, 1, 1).view(), noise(4, 4, 1, 1).view()), DataError);
}

}  // namespace
}  // namespace vs::motion
