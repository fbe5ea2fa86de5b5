#include "lib/cuda/kernels/ssim.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "lib/media/image_pixels.h"
#include "lib/motion/ssim.h"
#include "tests/lib/cuda/numbers.h"

namespace vs::cuda {
namespace {

using testing::random_bytes;

std::vector<double> means_of(const std::vector<DevicePlane>& planes, int64_t width, int64_t height) {
  const auto pairs = static_cast<int64_t>(planes.size()) - 1;
  std::vector<double> workspace(static_cast<std::size_t>(ssim_workspace(pairs, width, height)));
  std::vector<double> means(static_cast<std::size_t>(pairs), -7);
  ssim_means(planes.data(), pairs, width, height, workspace.data(), means.data(), nullptr);
  return means;
}

void compare(int pictures, int width, int height, int64_t pitch) {
  std::vector<std::vector<uint8_t>> memory;
  std::vector<DevicePlane> planes;
  for (int i = 0; i < pictures; ++i) {
    memory.push_back(random_bytes(static_cast<std::size_t>((height - 1) * pitch + width), static_cast<uint32_t>(i)));
    // Some likeness to the picture before, in stretches.
    for (std::size_t k = 0; i > 0 && k < memory.back().size(); ++k) {
      if (k / 50 % 3 != 0) memory.back()[k] = memory[static_cast<std::size_t>(i - 1)][k];
    }
  }
  for (const auto& bytes : memory) planes.push_back({bytes.data(), pitch});
  const std::vector<double> means = means_of(planes, width, height);
  motion::Ssim ssim;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const media::ImageView a{planes[i].data, width, height, 1, pitch}, b{planes[i + 1].data, width, height, 1, pitch};
    CHECK(means[i] == doctest::Approx(ssim.mean(a, b)).epsilon(1e-12));
  }
  CHECK(means == means_of(planes, width, height));
}

TEST_CASE("mean SSIM equals the CPU's") {
  compare(2, 7, 7, 7);
  compare(3, 8, 7, 11);
  compare(3, 7, 9, 7);
  compare(4, 38, 38, 40);
  compare(3, 39, 38, 39);
  compare(2, 70, 45, 73);
  compare(2, 171, 128, 171);
  // More pairs of tiles than a grid has blocks, more tiles than a block has threads.
  compare(9, 20, 20, 20);
  compare(2, 7, 10000, 7);
}

TEST_CASE("equal pictures give exactly 1, opposite ones less than 0") {
  const std::vector<uint8_t> a = random_bytes(std::size_t{90} * 50, 1), black(a.size(), 0), white(a.size(), 255);
  std::vector<uint8_t> negative = a;
  for (auto& value : negative) value = static_cast<uint8_t>(255 - value);
  const std::vector<double> means = means_of({{a.data(), 90},
                                              {a.data(), 90},
                                              {negative.data(), 90},
                                              {black.data(), 90},
                                              {black.data(), 90},
                                              {white.data(), 90}},
                                             90, 50);
  CHECK(means[0] == 1);
  CHECK(means[1] < 0);
  CHECK(means[3] == 1);
  const double c1 = 2.55 * 2.55;
  CHECK(means[4] == doctest::Approx(c1 / (255.0 * 255 + c1)).epsilon(1e-12));
}

TEST_CASE("mean SSIM of nothing, and of pictures that have none") {
  ssim_means(nullptr, 0, 7, 7, nullptr, nullptr, nullptr);
  CHECK(ssim_workspace(0, 7, 7) == 0);
  CHECK(ssim_workspace(3, 39, 7) == 6);
  CHECK_THROWS_AS(ssim_workspace(1, 6, 7), std::logic_error);
  CHECK_THROWS_AS(ssim_means(nullptr, 1, 7, 6, nullptr, nullptr, nullptr), std::logic_error);
}

TEST_CASE("gray equals the CPU's") {
  for (const auto& [width, height] : {std::pair{1, 1}, {31, 7}, {800, 3}}) {
    constexpr int64_t kPictures = 2;
    const int64_t rgb_pitch = 3 * width + 5, gray_pitch = width + 1;
    const auto rgb = random_bytes(static_cast<std::size_t>(kPictures * height * rgb_pitch), 6);
    std::vector<uint8_t> gray(static_cast<std::size_t>(kPictures * height * gray_pitch));
    gray_from_rgb({rgb.data(), rgb_pitch, height * rgb_pitch, gray.data(), gray_pitch, height * gray_pitch, kPictures,
                   width, height},
                  nullptr);
    for (int64_t picture = 0; picture < kPictures; ++picture) {
      media::Image want;
      media::rgb_to_gray({rgb.data() + picture * height * rgb_pitch, width, height, 3, rgb_pitch}, want);
      for (int y = 0; y < height; ++y)
        CHECK(std::equal(want.row(y), want.row(y) + width, gray.data() + (picture * height + y) * gray_pitch));
    }
  }
  gray_from_rgb({}, nullptr);
}

}  // namespace
}  // namespace vs::cuda
