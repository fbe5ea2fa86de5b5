#include "lib/nn/layers/winograd_kernels.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace vs::nn::winograd {

#if defined(__x86_64__)

namespace {

constexpr float kA1 = kA, kA2 = kA * kA, kA3 = kA * kA * kA;
constexpr float kB1 = kB, kB2 = kB * kB, kB3 = kB * kB * kB;
constexpr float kSum = kA2 + kB2, kProduct = kA2 * kB2;

__attribute__((target("avx512f"), always_inline)) inline __m512 all(float value) { return _mm512_set1_ps(value); }

/// Six values on a line to the six points.
__attribute__((target("avx512f"), always_inline)) inline void to_points(const __m512 (&d)[kWindow],
                                                                        __m512 (&r)[kWindow]) {
  r[0] = _mm512_fmadd_ps(all(kProduct), d[0], _mm512_fnmadd_ps(all(kSum), d[2], d[4]));
  const __m512 even_a = _mm512_fnmadd_ps(all(kB2), d[2], d[4]), odd_a = _mm512_fnmadd_ps(all(kB2), d[1], d[3]);
  r[1] = _mm512_fmadd_ps(all(kA1), odd_a, even_a);
  r[2] = _mm512_fnmadd_ps(all(kA1), odd_a, even_a);
  const __m512 even_b = _mm512_fnmadd_ps(all(kA2), d[2], d[4]), odd_b = _mm512_fnmadd_ps(all(kA2), d[1], d[3]);
  r[3] = _mm512_fmadd_ps(all(kB1), odd_b, even_b);
  r[4] = _mm512_fnmadd_ps(all(kB1), odd_b, even_b);
  r[5] = _mm512_fmadd_ps(all(kProduct), d[1], _mm512_fnmadd_ps(all(kSum), d[3], d[5]));
}

/// Products at the six points to four results on a line.
__attribute__((target("avx512f"), always_inline)) inline void from_points(const __m512 (&m)[kWindow],
                                                                          __m512 (&y)[kTile]) {
  const __m512 even_a = _mm512_add_ps(m[1], m[2]), odd_a = _mm512_sub_ps(m[1], m[2]);
  const __m512 even_b = _mm512_add_ps(m[3], m[4]), odd_b = _mm512_sub_ps(m[3], m[4]);
  y[0] = _mm512_add_ps(m[0], _mm512_add_ps(even_a, even_b));
  y[1] = _mm512_fmadd_ps(all(kA1), odd_a, _mm512_mul_ps(all(kB1), odd_b));
  y[2] = _mm512_fmadd_ps(all(kA2), even_a, _mm512_mul_ps(all(kB2), even_b));
  y[3] = _mm512_fmadd_ps(all(kA3), odd_a, _mm512_fmadd_ps(all(kB3), odd_b, m[5]));
}

__attribute__((target("avx512f"), always_inline)) inline void transform_vector(const float* window, int64_t row_stride,
                                                                               int64_t column_stride, __mmask16 lanes,
                                                                               float* points, int64_t stride) {
  __m512 half[kWindow][kWindow];
#pragma GCC unroll 6
  for (int64_t j = 0; j < kWindow; ++j) {
    __m512 d[kWindow], r[kWindow];
#pragma GCC unroll 6
    for (int64_t i = 0; i < kWindow; ++i)
      d[i] = _mm512_maskz_loadu_ps(lanes, window + i * row_stride + j * column_stride);
    to_points(d, r);
#pragma GCC unroll 6
    for (int64_t i = 0; i < kWindow; ++i) half[i][j] = r[i];
  }
#pragma GCC unroll 6
  for (int64_t i = 0; i < kWindow; ++i) {
    __m512 r[kWindow];
    to_points(half[i], r);
#pragma GCC unroll 6
    for (int64_t j = 0; j < kWindow; ++j) _mm512_storeu_ps(points + (i * kWindow + j) * stride, r[j]);
  }
}

__mmask16 first_lanes(int64_t count) { return static_cast<__mmask16>(count >= kLanes ? 0xffff : (1U << count) - 1); }

/// rows x kPanel sums stay in registers while the channels pass.
template <int64_t rows>
__attribute__((target("avx512f"))) void multiply_rows(const float* tiles, int64_t tile_stride, const float* panel,
                                                      int64_t channels, float* products, int64_t product_stride,
                                                      const float* ahead) {
  // Three rows share one pointer, or the processor's addresses would not suffice.
  constexpr int64_t kShare = 3, kPointers = (rows + kShare - 1) / kShare;
  const float* row[kPointers];
#pragma GCC unroll 5
  for (int64_t i = 0; i < kPointers; ++i) row[i] = tiles + i * kShare * tile_stride;
  __m512 low[rows], high[rows];
#pragma GCC unroll 14
  for (int64_t r = 0; r < rows; ++r) low[r] = high[r] = _mm512_setzero_ps();
  constexpr int64_t kStep = 4;
  for (int64_t c = 0; c < channels; c += kStep) {
#pragma GCC unroll 4
    for (int64_t k = 0; k < kStep; ++k) {
      _mm_prefetch(reinterpret_cast<const char*>(ahead + k * kLanes), _MM_HINT_T1);
      const __m512 b0 = _mm512_loadu_ps(panel + k * kPanel), b1 = _mm512_loadu_ps(panel + k * kPanel + kLanes);
#pragma GCC unroll 14
      for (int64_t r = 0; r < rows; ++r) {
        const __m512 a = _mm512_set1_ps(row[r / kShare][r % kShare * tile_stride + k]);
        low[r] = _mm512_fmadd_ps(a, b0, low[r]);
        high[r] = _mm512_fmadd_ps(a, b1, high[r]);
      }
    }
    panel += kStep * kPanel;
    ahead += kStep * kLanes;
#pragma GCC unroll 5
    for (int64_t i = 0; i < kPointers; ++i) row[i] += kStep;
  }
#pragma GCC unroll 14
  for (int64_t r = 0; r < rows; ++r) {
    _mm512_storeu_ps(products + r * product_stride, low[r]);
    _mm512_storeu_ps(products + r * product_stride + kLanes, high[r]);
  }
}

using Multiply = void (*)(const float*, int64_t, const float*, int64_t, float*, int64_t, const float*);

template <size_t... rows>
constexpr std::array<Multiply, sizeof...(rows)> multiply_table(std::index_sequence<rows...>) {
  return {&multiply_rows<static_cast<int64_t>(rows) + 1>...};
}

}  // namespace

bool machine_has_kernels() { return __builtin_cpu_supports("avx512f"); }

__attribute__((target("avx512f"))) void transform_window(const float* image, const Map& map, int64_t y, int64_t x,
                                                         float* points, int64_t stride) {
  const int64_t row_stride = map.width * map.channels;
  const bool inside = y >= 0 && x >= 0 && y + kWindow <= map.height && x + kWindow <= map.width;
  if (inside) {
    const float* const window = image + y * row_stride + x * map.channels;
    for (int64_t c = 0; c < map.channels; c += kLanes)
      transform_vector(window + c, row_stride, map.channels, first_lanes(map.channels - c), points + c, stride);
    return;
  }
  alignas(64) float copy[kPoints * kLanes];
  for (int64_t c = 0; c < map.channels; c += kLanes) {
    const __mmask16 lanes = first_lanes(map.channels - c);
    for (int64_t i = 0; i < kWindow; ++i) {
      for (int64_t j = 0; j < kWindow; ++j) {
        const bool known = y + i >= 0 && y + i < map.height && x + j >= 0 && x + j < map.width;
        _mm512_store_ps(copy + (i * kWindow + j) * kLanes,
                        known ? _mm512_maskz_loadu_ps(lanes, image + (y + i) * row_stride + (x + j) * map.channels + c)
                              : _mm512_setzero_ps());
      }
    }
    transform_vector(copy, kWindow * kLanes, kLanes, lanes, points + c, stride);
  }
}

void multiply(int64_t rows, const float* tiles, int64_t tile_stride, const float* panel, int64_t channels,
              float* products, int64_t product_stride, const float* ahead) {
  static constexpr auto kTable = multiply_table(std::make_index_sequence<kMostRows>());
  kTable[static_cast<size_t>(rows - 1)](tiles, tile_stride, panel, channels, products, product_stride, ahead);
}

__attribute__((target("avx512f"))) void transform_products(const float* products, int64_t stride, const Output& output,
                                                           int64_t y, int64_t x, int64_t first, int64_t count) {
  const Map& map = output.map;
  const int64_t rows = std::min(kTile, map.height - y), columns = std::min(kTile, map.width - x);
  const __m512 low = all(output.low), high = all(output.high);
  for (int64_t k = 0; k < count; k += kLanes) {
    const __mmask16 lanes = first_lanes(count - k);
    __m512 half[kTile][kWindow];
#pragma GCC unroll 6
    for (int64_t j = 0; j < kWindow; ++j) {
      __m512 m[kWindow], r[kTile];
#pragma GCC unroll 6
      for (int64_t i = 0; i < kWindow; ++i) m[i] = _mm512_loadu_ps(products + (i * kWindow + j) * stride + k);
      from_points(m, r);
#pragma GCC unroll 4
      for (int64_t i = 0; i < kTile; ++i) half[i][j] = r[i];
    }
    const __m512 bias = _mm512_loadu_ps(output.bias + first + k);
    for (int64_t i = 0; i < rows; ++i) {
      __m512 results[kTile];
      from_points(half[i], results);
      const int64_t place = ((y + i) * map.width + x) * map.channels + first + k;
#pragma GCC unroll 4
      for (int64_t j = 0; j < kTile; ++j) {
        if (j >= columns) break;
        const int64_t at = place + j * map.channels;
        __m512 value = _mm512_add_ps(results[j], bias);
        if (output.residual) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(lanes, output.residual + at));
        // In this order a NaN passes both.
        value = _mm512_maskz_min_ps(lanes, high, _mm512_maskz_max_ps(lanes, low, value));
        _mm512_mask_storeu_ps(output.image + at, lanes, value);
      }
    }
  }
}

#else

bool machine_has_kernels() { return false; }

void transform_window(const float*, const Map&, int64_t, int64_t, float*, int64_t) {
  throw std::logic_error("no kernels for this machine");
}

void multiply(int64_t, const float*, int64_t, const float*, int64_t, float*, int64_t, const float*) {
  throw std::logic_error("no kernels for this machine");
}

void transform_products(const float*, int64_t, const Output&, int64_t, int64_t, int64_t, int64_t) {
  throw std::logic_error("no kernels for this machine");
}

#endif

}  // namespace vs::nn::winograd
