#include "lib/cuda/kernels/luma_difference.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "lib/motion/absolute_difference.h"
#include "tests/lib/cuda/numbers.h"

namespace vs::cuda {
namespace {

using testing::random_bytes;

void compare(int64_t pairs, int width, int height, int bits, int64_t pitch, int64_t offset) {
  const int64_t sample_bytes = bits > 8 ? 2 : 1;
  std::vector<std::vector<uint8_t>> memory;
  std::vector<DevicePlane> planes;
  for (int64_t i = 0; i <= pairs; ++i) {
    // No byte beyond the last row.
    memory.push_back(random_bytes(static_cast<std::size_t>(offset + (height - 1) * pitch + width * sample_bytes),
                                  static_cast<uint32_t>(i)));
    planes.push_back({memory.back().data() + offset, pitch});
  }
  std::vector<uint64_t> sums(static_cast<std::size_t>(pairs), 77);
  luma_differences(planes.data(), pairs, width, height, bits, sums.data(), nullptr);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const media::PlaneView a{planes[i].data, width, height, bits, pitch},
        b{planes[i + 1].data, width, height, bits, pitch};
    CHECK(static_cast<double>(sums[i]) / (static_cast<double>(width) * height) ==
          motion::mean_absolute_difference(a, b));
  }
}

TEST_CASE("luma differences equal the CPU's") {
  for (const int bits : {8, 9, 10, 16}) {
    const int64_t bytes = bits > 8 ? 2 : 1;
    for (const int width : {1, 7, 16, 37, 64}) {
      for (const int height : {1, 9}) {
        compare(3, width, height, bits, width * bytes, 0);
        compare(3, width, height, bits, 144, 0);
        compare(2, width, height, bits, 145, 1);
      }
    }
  }
  compare(1, 333, 70, 8, 336, 0);
}

TEST_CASE("luma differences: more pairs than are walked along at once, and than a grid has rows for") {
  for (const int64_t pairs : {7, 8, 9, 40}) compare(pairs, 21, 5, 8, 32, 0);
}

TEST_CASE("luma differences: the largest do not overflow, equal planes give 0") {
  const std::vector<uint8_t> low(std::size_t{2} * 3000 * 40, 0), high(low.size(), 255);
  const std::vector<DevicePlane> planes{{low.data(), 6000}, {high.data(), 6000}, {high.data(), 6000}};
  std::vector<uint64_t> sums(2);
  luma_differences(planes.data(), 2, 3000, 40, 16, sums.data(), nullptr);
  CHECK(sums == std::vector<uint64_t>{65535ULL * 3000 * 40, 0});
}

TEST_CASE("luma differences: nothing, empty planes and bits that are refused") {
  luma_differences(nullptr, 0, 4, 4, 8, nullptr, nullptr);
  uint64_t sum = 5;
  luma_differences(nullptr, 1, 0, 4, 8, &sum, nullptr);
  CHECK(sum == 0);
  CHECK_THROWS_AS(luma_differences(nullptr, 1, 4, 4, 7, nullptr, nullptr), std::logic_error);
  CHECK_THROWS_AS(luma_differences(nullptr, 1, 4, 4, 17, nullptr, nullptr), std::logic_error);
}

}  // namespace
}  // namespace vs::cuda
