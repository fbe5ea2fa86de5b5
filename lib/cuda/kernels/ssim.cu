#include "lib/cuda/kernels/ssim.h"

#include <stdexcept>

#include "lib/cuda/kernels/block_sum.h"
#include "lib/cuda/kernels/launch.h"
#include "lib/cuda/kernels/ssim_window.h"

namespace vs::cuda {
namespace {

// A block takes a square of windows; each thread walks down a part of one column of it.
constexpr int kTile = 32;
constexpr int kTileSamples = kTile + kSsimSide - 1;
constexpr int kWindowsOfThread = kTile * kTile / kBlockThreads;

struct Tiles {
  int64_t across, down;
  VS_HOST_DEVICE int64_t count() const { return across * down; }
};

VS_HOST_DEVICE Tiles tiles_of(int64_t width, int64_t height) {
  return {(width - kSsimSide) / kTile + 1, (height - kSsimSide) / kTile + 1};
}

__global__ void __launch_bounds__(kBlockThreads)
    sum_tiles(const DevicePlane* __restrict__ pictures, int64_t pairs, int64_t width, int64_t height,
              double* __restrict__ tile_sums) {
  __shared__ uint8_t samples_a[kTileSamples][kTileSamples], samples_b[kTileSamples][kTileSamples];
  // Sums over seven samples of a row.
  __shared__ SsimSums row_sums[kTileSamples][kTile];
  const Tiles tiles = tiles_of(width, height);
  const int thread = static_cast<int>(threadIdx.x);
  for (int64_t item = blockIdx.x; item < pairs * tiles.count(); item += gridDim.x) {
    const int64_t pair = item / tiles.count(), tile = item % tiles.count();
    const int64_t top = tile / tiles.across * kTile, left = tile % tiles.across * kTile;
    const DevicePlane a = pictures[pair], b = pictures[pair + 1];
    for (int i = thread; i < kTileSamples * kTileSamples; i += kBlockThreads) {
      const int row = i / kTileSamples, column = i % kTileSamples;
      const int64_t y = top + row, x = left + column;
      const bool inside = y < height && x < width;
      samples_a[row][column] = inside ? a.data[y * a.pitch + x] : 0;
      samples_b[row][column] = inside ? b.data[y * b.pitch + x] : 0;
    }
    __syncthreads();
    for (int i = thread; i < kTileSamples * kTile; i += kBlockThreads) {
      const int row = i / kTile, column = i % kTile;
      SsimSums sums{};
      for (int k = column; k < column + kSsimSide; ++k) {
        const int32_t va = samples_a[row][k], vb = samples_b[row][k];
        sums = sums + SsimSums{va, vb, va * va + vb * vb, va * vb};
      }
      row_sums[row][column] = sums;
    }
    __syncthreads();
    const int column = thread % kTile, first_row = thread / kTile * kWindowsOfThread;
    SsimSums sums{};
    for (int k = 0; k < kSsimSide - 1; ++k) sums = sums + row_sums[first_row + k][column];
    double total = 0;
    for (int row = first_row; row < first_row + kWindowsOfThread; ++row) {
      sums = sums + row_sums[row + kSsimSide - 1][column];
      if (top + row + kSsimSide <= height && left + column + kSsimSide <= width) total += ssim_of_window(sums);
      sums = sums - row_sums[row][column];
    }
    // Its barriers let the next tile go to the same memory.
    total = block_sum(total);
    if (thread == 0) tile_sums[item] = total;
  }
}

__global__ void __launch_bounds__(kBlockThreads)
    mean_of_tiles(const double* __restrict__ tile_sums, int64_t pairs, int64_t tiles, double windows,
                  double* __restrict__ means) {
  for (int64_t pair = blockIdx.x; pair < pairs; pair += gridDim.x) {
    double total = 0;
    for (int64_t tile = threadIdx.x; tile < tiles; tile += kBlockThreads) total += tile_sums[pair * tiles + tile];
    total = block_sum(total);
    if (threadIdx.x == 0) means[pair] = total / windows;
  }
}

__global__ void __launch_bounds__(kBlockThreads) make_gray(GrayFromRgb work) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t row = blockIdx.y; row < work.pictures * work.height; row += gridDim.y) {
    const int64_t picture = row / work.height, y = row % work.height;
    const uint8_t* from = work.rgb + picture * work.rgb_picture_stride + y * work.rgb_pitch;
    uint8_t* to = work.gray + picture * work.gray_picture_stride + y * work.gray_pitch;
    for (int64_t x = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; x < work.width; x += stride)
      to[x] = gray_of_rgb(from[3 * x], from[3 * x + 1], from[3 * x + 2]);
  }
}

__global__ void __launch_bounds__(kBlockThreads)
    make_gray_of_yuv(YuvPicture picture, uint8_t* __restrict__ gray, int64_t gray_pitch) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t y = blockIdx.y; y < picture.height; y += gridDim.y) {
    for (int64_t x = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; x < picture.width; x += stride) {
      const Rgb rgb = rgb_of_pixel(picture, static_cast<int32_t>(x), static_cast<int32_t>(y));
      gray[y * gray_pitch + x] = gray_of_rgb(rgb.red, rgb.green, rgb.blue);
    }
  }
}

void check_size(int64_t width, int64_t height) {
  if (width < kSsimSide || height < kSsimSide) throw std::logic_error("ssim of pictures smaller than its window");
}

}  // namespace

int64_t ssim_workspace(int64_t pairs, int64_t width, int64_t height) {
  check_size(width, height);
  return pairs * tiles_of(width, height).count();
}

void ssim_means(const DevicePlane* pictures, int64_t pairs, int64_t width, int64_t height, double* workspace,
                double* means, cudaStream_t stream) {
  check_size(width, height);
  if (pairs == 0) return;
  const int64_t tiles = tiles_of(width, height).count();
  const double windows = static_cast<double>(width - kSsimSide + 1) * static_cast<double>(height - kSsimSide + 1);
  VS_LAUNCH(sum_tiles, grid_blocks(pairs * tiles), kBlockThreads, 0, stream)
  (pictures, pairs, width, height, workspace);
  check_launch("ssim_means");
  VS_LAUNCH(mean_of_tiles, grid_blocks(pairs), kBlockThreads, 0, stream)(workspace, pairs, tiles, windows, means);
  check_launch("ssim_means");
}

void gray_from_rgb(const GrayFromRgb& work, cudaStream_t stream) {
  if (work.pictures == 0 || work.width == 0 || work.height == 0) return;
  const dim3 grid(grid_blocks(work.width, kBlockThreads), grid_blocks(work.pictures * work.height));
  VS_LAUNCH(make_gray, grid, kBlockThreads, 0, stream)(work);
  check_launch("gray_from_rgb");
}

void gray_from_yuv(const YuvPicture& picture, uint8_t* gray, int64_t gray_pitch, cudaStream_t stream) {
  if (picture.width == 0 || picture.height == 0) return;
  const dim3 grid(grid_blocks(picture.width, kBlockThreads), grid_blocks(picture.height));
  VS_LAUNCH(make_gray_of_yuv, grid, kBlockThreads, 0, stream)(picture, gray, gray_pitch);
  check_launch("gray_from_yuv");
}

}  // namespace vs::cuda
