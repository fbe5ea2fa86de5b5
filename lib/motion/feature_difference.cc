#include "lib/motion/feature_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/motion/target_clones.h"

namespace vs::motion {
namespace {

constexpr int kInputs = FeatureDifference::kInputs;
constexpr int kOutputs = FeatureDifference::kOutputs;
constexpr int kKernel = FeatureDifference::kKernel;
constexpr int kPadding = kKernel / 2;
constexpr float kEpsilon = 1e-6F;
// Neighbouring pixels done at a time: whole vectors on every machine, and their sums stay in the nearest cache.
constexpr int kBlock = 64;
static_assert(kKernel == 7 && kBlock >= kKernel);
// Rows of a band: its differences stay in the cache, and a picture has work for several threads.
constexpr int kBandRows = 16;

// The rows of a - b that a band of output rows looks at, zeros around, and where they are not zero.
struct Differences {
  int blocks = 0;                // of kBlock output pixels
  std::size_t row_length = 0;    // floats; the last block's neighbours on the right are inside
  std::vector<float> values;     // [3, rows, row_length]
  std::vector<uint8_t> changed;  // [3, rows, blocks + 1]: a value of the kBlock is not 0
  int rows = 0;
};

Differences differences_of(const media::ImageView& a, const media::ImageView& b, int first, int last) {
  Differences result;
  result.blocks = (a.width + kBlock - 1) / kBlock;
  const auto flags = static_cast<std::size_t>(result.blocks) + 1;
  result.row_length = flags * kBlock;
  result.rows = last - first + 2 * kPadding;
  const std::size_t lines = std::size_t{kInputs} * static_cast<std::size_t>(result.rows);
  result.values.assign(lines * result.row_length, 0.0F);
  result.changed.assign(lines * flags, 0);
  for (int y = std::max(0, first - kPadding); y < std::min(a.height, last + kPadding); ++y) {
    const uint8_t* row_a = a.data + y * a.stride;
    const uint8_t* row_b = b.data + y * b.stride;
    for (int c = 0; c < kInputs; ++c) {
      const std::size_t line = static_cast<std::size_t>(c) * static_cast<std::size_t>(result.rows) +
                               static_cast<std::size_t>(y - first + kPadding);
      float* values = result.values.data() + line * result.row_length;
      uint8_t* changed = result.changed.data() + line * flags;
      for (int x = 0; x < a.width; ++x) {
        const int difference = row_a[x * kInputs + c] - row_b[x * kInputs + c];
        values[x + kPadding] = static_cast<float>(difference);
        changed[(x + kPadding) / kBlock] |= static_cast<uint8_t>(difference != 0);
      }
    }
  }
  return result;
}

// Adds one row of the kernel to the sums of all outputs, [8, kBlock]. in: the first pixel's leftmost neighbour;
// weights: [8, 7]. Each sum takes its taps one after the other, so that every machine rounds alike.
VS_TARGET_CLONES
void add_kernel_row(const float* __restrict in, const float* __restrict weights, float* __restrict sums) {
  for (int o = 0; o < kOutputs; ++o) {
    const float* w = weights + std::ptrdiff_t{o} * kKernel;
    float* __restrict out = sums + std::ptrdiff_t{o} * kBlock;
    for (int x = 0; x < kBlock; ++x) {
      float sum = out[x] + w[0] * in[x];
      sum += w[1] * in[x + 1];
      sum += w[2] * in[x + 2];
      sum += w[3] * in[x + 3];
      sum += w[4] * in[x + 4];
      sum += w[5] * in[x + 5];
      sum += w[6] * in[x + 6];
      out[x] = sum;
    }
  }
}

VS_TARGET_CLONES
void norm_of_block(const float* __restrict sums, float* __restrict out) {
  for (int x = 0; x < kBlock; ++x) {
    float sum = 0;
    for (int o = 0; o < kOutputs; ++o) {
      const float value = sums[o * kBlock + x] + kEpsilon;
      sum += value * value;
    }
    out[x] = std::sqrt(sum);
  }
}

}  // namespace

FeatureDifference::FeatureDifference(std::span<const float> weights) {
  constexpr std::size_t kCount = std::size_t{kOutputs} * kInputs * kKernel * kKernel;
  if (weights.size() != kCount) {
    throw DataError("feature difference weights", fmt::format("{} values, expected {}", weights.size(), kCount),
                    "give a convolution of shape 8x3x7x7");
  }
  weights_.resize(kCount);
  std::size_t next = 0;
  for (std::size_t o = 0; o < kOutputs; ++o) {
    for (std::size_t c = 0; c < kInputs; ++c) {
      const std::size_t rgb_channel = kInputs - 1 - c;
      for (std::size_t row = 0; row < kKernel; ++row) {
        for (std::size_t column = 0; column < kKernel; ++column) {
          const float weight = weights[next++];
          if (!std::isfinite(weight)) throw DataError("feature difference weights", "a value is not finite");
          weights_[((rgb_channel * kKernel + row) * kOutputs + o) * kKernel + column] = weight;
        }
      }
    }
  }
}

std::vector<float> FeatureDifference::band(const media::ImageView& a, const media::ImageView& b, int first,
                                           int last) const {
  const Differences differences = differences_of(a, b, first, last);
  const auto width = static_cast<std::size_t>(a.width);
  std::vector<float> norms(width * static_cast<std::size_t>(last - first));
  std::array<float, std::size_t{kOutputs} * kBlock> sums;
  std::array<float, kBlock> block_norms{};
  for (int y = 0; y < last - first; ++y) {
    for (int block = 0; block < differences.blocks; ++block) {
      sums.fill(0);
      for (int c = 0; c < kInputs; ++c) {
        for (int k = 0; k < kKernel; ++k) {
          const std::size_t line = static_cast<std::size_t>(c) * static_cast<std::size_t>(differences.rows) +
                                   static_cast<std::size_t>(y + k);
          const uint8_t* changed =
              differences.changed.data() + line * static_cast<std::size_t>(differences.blocks + 1) + block;
          if (!(changed[0] | changed[1])) continue;  // zeros add nothing: weights are finite
          add_kernel_row(differences.values.data() + line * differences.row_length + std::ptrdiff_t{block} * kBlock,
                         weights_.data() + static_cast<std::size_t>((c * kKernel + k) * kOutputs) * kKernel,
                         sums.data());
        }
      }
      norm_of_block(sums.data(), block_norms.data());
      const std::size_t at = static_cast<std::size_t>(block) * kBlock;
      std::copy_n(block_norms.begin(), std::min(width - at, std::size_t{kBlock}),
                  norms.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(y) * width + at));
    }
  }
  return norms;
}

template <class Consume>
void FeatureDifference::bands(const media::ImageView& a, const media::ImageView& b, int threads,
                              Consume consume) const {
  if (a.width != b.width || a.height != b.height || a.channels != kInputs || b.channels != kInputs) {
    throw DataError(
        "frames",
        fmt::format("pictures of {}x{}x{} and {}x{}x{}", a.width, a.height, a.channels, b.width, b.height, b.channels),
        "compare RGB frames of one size");
  }
  const int count = (a.height + kBandRows - 1) / kBandRows;
  ordered_parallel(
      static_cast<uint64_t>(count), std::min(threads, count),
      [&](uint64_t i) {
        const int first = static_cast<int>(i) * kBandRows;
        return band(a, b, first, std::min(a.height, first + kBandRows));
      },
      [&](uint64_t, const std::vector<float>& norms) { consume(norms); });
}

std::vector<float> FeatureDifference::map(const media::ImageView& a, const media::ImageView& b, int threads) const {
  std::vector<float> all;
  bands(a, b, threads, [&](const std::vector<float>& norms) { all.insert(all.end(), norms.begin(), norms.end()); });
  return all;
}

double FeatureDifference::motion(const media::ImageView& a, const media::ImageView& b, int threads) const {
  double total = 0;
  bands(a, b, threads, [&](const std::vector<float>& norms) {
    for (const float norm : norms) total += norm;
  });
  if (!std::isfinite(total))
    throw DataError("frames", "their feature difference is not finite", "weights are too large");
  return total;
}

}  // namespace vs::motion
