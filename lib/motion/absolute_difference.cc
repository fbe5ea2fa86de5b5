#include "lib/motion/absolute_difference.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

#include "lib/core/error.h"
#include "lib/motion/target_clones.h"

namespace vs::motion {
namespace {

// Samples that one 32-bit sum takes without overflow: 65536 * 65535 < 2^32.
constexpr int kBlock = 65536;

VS_TARGET_CLONES
uint32_t sum_of_differences_8(const uint8_t* a, const uint8_t* b, int count) {
  uint32_t sum = 0;
  for (int x = 0; x < count; ++x) {
    const int difference = a[x] - b[x];
    sum += static_cast<uint32_t>(difference < 0 ? -difference : difference);
  }
  return sum;
}

VS_TARGET_CLONES
uint32_t sum_of_differences_16(const uint8_t* a, const uint8_t* b, int count) {
  uint32_t sum = 0;
  for (int x = 0; x < count; ++x) {
    // Rows of foreign planes need not be aligned; memcpy compiles to a plain load.
    uint16_t va = 0, vb = 0;
    std::memcpy(&va, a + 2 * static_cast<std::ptrdiff_t>(x), 2);
    std::memcpy(&vb, b + 2 * static_cast<std::ptrdiff_t>(x), 2);
    const int difference = va - vb;
    sum += static_cast<uint32_t>(difference < 0 ? -difference : difference);
  }
  return sum;
}

template <class SumOfDifferences>
double mean_over_rows(const uint8_t* a, std::ptrdiff_t stride_a, const uint8_t* b, std::ptrdiff_t stride_b, int height,
                      int samples, int bytes_per_sample, SumOfDifferences sum_of_differences) {
  uint64_t total = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < samples; x += kBlock) {
      const std::ptrdiff_t shift = std::ptrdiff_t{x} * bytes_per_sample;
      const int count = samples - x < kBlock ? samples - x : kBlock;
      total += sum_of_differences(a + y * stride_a + shift, b + y * stride_b + shift, count);
    }
  }
  return static_cast<double>(total) / (static_cast<double>(samples) * height);
}

}  // namespace

double mean_absolute_difference(const media::ImageView& a, const media::ImageView& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) {
    throw DataError(
        "frames",
        fmt::format("pictures of {}x{}x{} and {}x{}x{}", a.width, a.height, a.channels, b.width, b.height, b.channels),
        "compare frames of one size");
  }
  if (a.width < 1 || a.height < 1 || a.channels < 1) throw DataError("frames", "an empty picture");
  return mean_over_rows(a.data, a.stride, b.data, b.stride, a.height, a.width * a.channels, 1, sum_of_differences_8);
}

double mean_absolute_difference(const media::PlaneView& a, const media::PlaneView& b) {
  if (a.width != b.width || a.height != b.height || a.bits != b.bits) {
    throw DataError("frames",
                    fmt::format("planes of {}x{} with {} bits and {}x{} with {} bits", a.width, a.height, a.bits,
                                b.width, b.height, b.bits),
                    "compare frames of one size");
  }
  if (a.width < 1 || a.height < 1 || a.bits < 8 || a.bits > 16) {
    throw DataError("frames", fmt::format("a plane of {}x{} with {} bits", a.width, a.height, a.bits),
                    "planes hold 8 to 16 bits a sample");
  }
  if (a.bits == 8) {
    return mean_over_rows(a.data, a.stride, b.data, b.stride, a.height, a.width, 1, sum_of_differences_8);
  }
  return mean_over_rows(a.data, a.stride, b.data, b.stride, a.height, a.width, 2, sum_of_differences_16);
}

}  // namespace vs::motion
