// The three steps of Winograd's convolution on one core: tiles in, products, tiles out. For lib/nn/layers/winograd.cc.
#pragma once

#include <cstdint>

namespace vs::nn::winograd {

/// One tile makes kTile x kTile results of kWindow x kWindow inputs, by kPoints products for each pair of channels.
constexpr int64_t kTile = 4, kWindow = 6, kPoints = kWindow * kWindow;
/// Channels of a vector, and output channels that one product makes at once.
constexpr int64_t kLanes = 16, kPanel = 2 * kLanes;
/// Most tiles that one product takes.
constexpr int64_t kMostRows = 14;

/// The points at which polynomials are evaluated are 0, +-kA, +-kB and infinity. Rounding grows three times less than
/// with the customary 1 and 2, and every constant made of these is exact. Source: the search for such points of
/// Barabasz et al., "Error analysis and improving the accuracy of Winograd convolution", ACM TOMS 2020.
constexpr double kA = 0.625, kB = 1.5;

/// An image whose channels lie side by side: [height, width, channels].
struct Map {
  int64_t height = 0, width = 0, channels = 0;
};

/// Whether this machine runs the functions below (AVX-512); they must not be called otherwise.
bool machine_has_kernels();

/// Transforms the window whose first position is (y, x), which may lie outside: zeros surround the image.
/// Point p goes to points[p * stride + channel], channels rounded up to kLanes by zeros.
void transform_window(const float* image, const Map& map, int64_t y, int64_t x, float* points, int64_t stride);

/// One matrix product: products[r * product_stride + k] = sum over channels c of tiles[r * tile_stride + c] *
/// panel[c * kPanel + k], rows in [1, kMostRows], k < kPanel, channels a multiple of kLanes. The order of the sum is
/// that of the channels, whatever the rows. `ahead`: channels * kLanes floats to fetch meanwhile for products to come.
void multiply(int64_t rows, const float* tiles, int64_t tile_stride, const float* panel, int64_t channels,
              float* products, int64_t product_stride, const float* ahead);

/// What becomes of the results: image = min(high, max(low, results + bias + residual)).
struct Output {
  const float* bias = nullptr;      ///< from the first channel on, rounded up to kLanes
  const float* residual = nullptr;  ///< an image such as the output, or null
  float* image = nullptr;
  Map map;
  float low = 0, high = 0;
};

/// Makes channels [first, first + count) of the tile whose first result is (y, x); what lies outside is left out.
/// Point p of channel k is in products[p * stride + k - first].
void transform_products(const float* products, int64_t stride, const Output& output, int64_t y, int64_t x,
                        int64_t first, int64_t count);

}  // namespace vs::nn::winograd
