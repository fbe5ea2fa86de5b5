#include "lib/media/image_reduce.h"

#include <algorithm>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace vs::media {
namespace {

// Samples are counted in 1/256, so that sums of weighted ones stay within 16 bits: 255 x 256 and the rounding below.
constexpr int kWeightSum = 65536;

/// What sums start from: one half, and what cutting off after each weight loses on average.
uint16_t rounding_for(std::size_t weights) {
  return static_cast<uint16_t>(128 + std::min<std::size_t>(weights / 2, 127));
}

/// Columns [begin, width) of one output row.
void weigh_columns(const uint8_t* input, std::ptrdiff_t stride, const std::vector<uint16_t>& weights, int begin,
                   int width, uint8_t* output) {
  const uint32_t rounding = rounding_for(weights.size());
  for (int x = begin; x < width; ++x) {
    uint32_t sum = rounding;
    const uint8_t* sample = input + x;
    for (const uint16_t weight : weights) {
      sum += (static_cast<uint32_t>(*sample) * 256 * weight) >> 16;
      sample += stride;
    }
    output[x] = static_cast<uint8_t>(sum >> 8);
  }
}

#if defined(__x86_64__)
/// The same for blocks of 64 columns; returns how many columns were done.
__attribute__((target("avx2"))) int weigh_blocks(const uint8_t* input, std::ptrdiff_t stride,
                                                 const std::vector<uint16_t>& weights, int width, uint8_t* output) {
  const __m256i zero = _mm256_setzero_si256(),
                half = _mm256_set1_epi16(static_cast<int16_t>(rounding_for(weights.size())));
  int x = 0;
  for (; x + 64 <= width; x += 64) {
    __m256i sums[4] = {half, half, half, half};
    const uint8_t* sample = input + x;
    for (const uint16_t weight : weights) {
      const __m256i factor = _mm256_set1_epi16(static_cast<int16_t>(weight));
      for (std::ptrdiff_t k = 0; k < 2; ++k) {
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sample + 32 * k));
        const __m256i low = _mm256_mulhi_epu16(_mm256_unpacklo_epi8(zero, bytes), factor);
        const __m256i high = _mm256_mulhi_epu16(_mm256_unpackhi_epi8(zero, bytes), factor);
        sums[2 * k] = _mm256_add_epi16(sums[2 * k], low);
        sums[2 * k + 1] = _mm256_add_epi16(sums[2 * k + 1], high);
      }
      sample += stride;
    }
    for (std::ptrdiff_t k = 0; k < 2; ++k) {
      const __m256i packed =
          _mm256_packus_epi16(_mm256_srli_epi16(sums[2 * k], 8), _mm256_srli_epi16(sums[2 * k + 1], 8));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(output + x + 32 * k), packed);
    }
  }
  return x;
}
#endif

int weigh_in_blocks(const uint8_t* input, std::ptrdiff_t stride, const std::vector<uint16_t>& weights, int width,
                    uint8_t* output) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return weigh_blocks(input, stride, weights, width, output);
#endif
  static_cast<void>(input), static_cast<void>(stride), static_cast<void>(weights), static_cast<void>(width),
      static_cast<void>(output);
  return 0;
}

}  // namespace

RowReducer::RowReducer(int rows, int output_rows) : rows_(rows) {
  const double ratio = static_cast<double>(rows) / output_rows;
  for (int i = 0; i < output_rows; ++i) {
    const double middle = (i + 0.5) * ratio - 0.5;
    const int first = std::max(0, static_cast<int>(std::ceil(middle - ratio)));
    const int last = std::min(rows - 1, static_cast<int>(std::floor(middle + ratio)));
    std::vector<double> shares;
    double sum = 0;
    for (int row = first; row <= last; ++row) {
      shares.push_back(std::max(0.0, 1 - std::abs(row - middle) / ratio));
      sum += shares.back();
    }
    // Rounding the running sum, not each weight, keeps the total exact.
    Taps taps{first, {}};
    double reached = 0;
    int given = 0;
    for (const double share : shares) {
      reached += share;
      const int up_to = static_cast<int>(std::lround(reached / sum * kWeightSum));
      // A row of its own has all the weight, which is one more than 16 bits hold.
      taps.weights.push_back(static_cast<uint16_t>(std::min(up_to - given, 65535)));
      given = up_to;
    }
    taps_.push_back(std::move(taps));
  }
}

void RowReducer::run(const uint8_t* input, std::ptrdiff_t stride, int width, uint8_t* output,
                     std::ptrdiff_t output_stride) const {
  for (const Taps& taps : taps_) {
    const uint8_t* from = input + taps.first * stride;
    const int done = weigh_in_blocks(from, stride, taps.weights, width, output);
    weigh_columns(from, stride, taps.weights, done, width, output);
    output += output_stride;
  }
}

}  // namespace vs::media
