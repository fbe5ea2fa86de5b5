// The SSIM of one window out of its sums, as lib/motion/ssim.cc computes it.
#pragma once

#include <cstdint>

#include "lib/cuda/kernels/host_device.h"

namespace vs::cuda {

/// Side of the box window.
constexpr int kSsimSide = 7;

/// Sums over the samples of a window, or a part of it, of a and b, a * a + b * b and a * b.
struct SsimSums {
  int32_t a, b, squares, products;
};

VS_HOST_DEVICE inline SsimSums operator+(const SsimSums& x, const SsimSums& y) {
  return {x.a + y.a, x.b + y.b, x.squares + y.squares, x.products + y.products};
}

VS_HOST_DEVICE inline SsimSums operator-(const SsimSums& x, const SsimSums& y) {
  return {x.a - y.a, x.b - y.b, x.squares - y.squares, x.products - y.products};
}

/// Exact integers up to the last line, where they carry the factors 49 of means and 49 * 48 of (co)variances; the
/// largest, 2 * (49 * 255)^2, fits 31 bits.
VS_HOST_DEVICE inline double ssim_of_window(const SsimSums& sums) {
  constexpr int32_t kArea = kSsimSide * kSsimSide;
  constexpr double kC1 = (0.01 * 255) * (0.01 * 255) * kArea * kArea;
  constexpr double kC2 = (0.03 * 255) * (0.03 * 255) * kArea * (kArea - 1);
  const int32_t mean_products = 2 * sums.a * sums.b;
  const int32_t mean_squares = sums.a * sums.a + sums.b * sums.b;
  const int32_t covariance = 2 * kArea * sums.products - mean_products;
  const int32_t variance = kArea * sums.squares - mean_squares;
  return ((mean_products + kC1) * (covariance + kC2)) / ((mean_squares + kC1) * (variance + kC2));
}

/// Gray of one RGB pixel, OpenCV's COLOR_RGB2GRAY for 8 bits.
VS_HOST_DEVICE inline uint8_t gray_of_rgb(int red, int green, int blue) {
  return static_cast<uint8_t>((9798 * red + 19235 * green + 3735 * blue + (1 << 14)) >> 15);
}

}  // namespace vs::cuda
