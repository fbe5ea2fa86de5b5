#include "lib/motion/flow.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lib/core/error.h"
#include "tests/lib/motion/pictures.h"

namespace vs::motion {
namespace {

// A smooth pattern moved by (dx, dy) pixels.
media::Image pattern(double dx, double dy) {
  media::Image image(96, 80, 1);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const double u = x - dx, v = y - dy;
      image.row(y)[x] =
          static_cast<uint8_t>(128 + 50 * std::sin(u * 0.21) * std::cos(v * 0.17) + 40 * std::sin(v * 0.3 + u * 0.1));
    }
  }
  return image;
}

TEST_CASE("a moved pattern is found by every algorithm") {
  for (const auto algorithm : {FlowAlgorithm::kDis, FlowAlgorithm::kFarneback, FlowAlgorithm::kTvl1}) {
    try {
      OpticalFlow flow(algorithm);
      const media::Image a = pattern(0, 0), b = pattern(2, -1);
      const FlowField& field = flow.compute(a.view(), b.view());
      REQUIRE(field.x.size() == 96 * 80);
      double x = 0, y = 0;
      int count = 0;
      for (int row = 20; row < 60; ++row) {
        for (int column = 20; column < 76; ++column, ++count) {
          x += field.x[static_cast<std::size_t>(row * 96 + column)];
          y += field.y[static_cast<std::size_t>(row * 96 + column)];
        }
      }
      CHECK(x / count == doctest::Approx(2).epsilon(0.1));
      CHECK(y / count == doctest::Approx(-1).epsilon(0.1));
      CHECK(mean_magnitude(flow.compute(a.view(), a.view())) < 0.05);
    } catch (const UsageError& missing) {
      CHECK(algorithm == FlowAlgorithm::kTvl1);
      MESSAGE("SKIPPED: ", missing.what());
    }
  }
}

TEST_CASE("flow images: bound, middle and rounding") {
  FlowField field{5, 1, {0, 20, -20, 30, 10}, {-30, 0.05F, 0.1F, NAN, -10}};
  const FlowImages images = flow_images(field, 20);
  CHECK(images.x.pixels == std::vector<uint8_t>{128, 255, 0, 255, 191});  // 127.5 to the even 128
  CHECK(images.y.pixels == std::vector<uint8_t>{0, 128, 128, 0, 64});     // 63.75 -> 64
  CHECK(images.x.width == 5);
  CHECK(images.y.channels == 1);
}

TEST_CASE("mean length") {
  CHECK(mean_magnitude({2, 1, {3, 0}, {4, 1}}) == doctest::Approx(3));
  CHECK(mean_magnitude({}) == 0);
}

TEST_CASE("bad pairs are refused") {
  OpticalFlow flow(FlowAlgorithm::kDis);
  const media::Image a = testing::constant(32, 32, 1, 0), b = testing::constant(32, 33, 1, 0);
  const media::Image small = testing::constant(15, 32, 1, 0);
  CHECK_THROWS_AS(flow.compute(a.view(), b.view()), DataError);
  CHECK_THROWS_AS(flow.compute(small.view(), small.view()), DataError);
}

}  // namespace
}  // namespace vs::motion
