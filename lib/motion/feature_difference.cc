#include "lib/motion/feature_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/motion/target_clones.h"

namespace vs::motion {
namespace {

constexpr int kInputs = 3;
constexpr int kPadding = FeatureDifference::kKernel / 2;
constexpr std::size_t kBorders = 2 * kPadding;  // left and right, above and below
constexpr int kTaps = FeatureDifference::kKernel * FeatureDifference::kKernel;
constexpr float kEpsilon = 1e-6F;

// out[o][x] += weights[o] * in[x] for the eight outputs o, whose rows follow each other at `width`.
VS_TARGET_CLONES
void accumulate_tap(const float* __restrict in, const float* __restrict weights, int width, float* __restrict out) {
  for (int o = 0; o < FeatureDifference::kOutputs; ++o) {
    const float weight = weights[o];
    float* __restrict row = out + static_cast<std::ptrdiff_t>(o) * width;
    for (int x = 0; x < width; ++x) row[x] += weight * in[x];
  }
}

VS_TARGET_CLONES
void norm_of_row(const float* __restrict convolution, int width, float* __restrict out) {
  for (int x = 0; x < width; ++x) {
    float sum = 0;
    for (int o = 0; o < FeatureDifference::kOutputs; ++o) {
      const float value = convolution[static_cast<std::ptrdiff_t>(o) * width + x] + kEpsilon;
      sum += value * value;
    }
    out[x] = std::sqrt(sum);
  }
}

}  // namespace

FeatureDifference::FeatureDifference(std::span<const float> weights) {
  constexpr std::size_t kCount = std::size_t{kOutputs} * kInputs * kTaps;
  if (weights.size() != kCount) {
    throw DataError("feature difference weights", fmt::format("{} values, expected {}", weights.size(), kCount),
                    "give a convolution of shape 8x3x7x7");
  }
  weights_.resize(kCount);
  std::size_t next = 0;
  for (std::size_t o = 0; o < kOutputs; ++o) {
    for (std::size_t c = 0; c < kInputs; ++c) {
      const std::size_t rgb_channel = kInputs - 1 - c;
      for (std::size_t tap = 0; tap < kTaps; ++tap) {
        const float weight = weights[next++];
        if (!std::isfinite(weight)) throw DataError("feature difference weights", "a value is not finite");
        weights_[(rgb_channel * kTaps + tap) * kOutputs + o] = weight;
      }
    }
  }
}

template <class PerRow>
void FeatureDifference::rows(const media::ImageView& a, const media::ImageView& b, PerRow per_row) {
  if (a.width != b.width || a.height != b.height || a.channels != kInputs || b.channels != kInputs) {
    throw DataError(
        "frames",
        fmt::format("pictures of {}x{}x{} and {}x{}x{}", a.width, a.height, a.channels, b.width, b.height, b.channels),
        "compare RGB frames of one size");
  }
  const int width = a.width, height = a.height;
  const auto padded_width = static_cast<std::size_t>(width) + kBorders;
  const std::size_t plane = padded_width * (static_cast<std::size_t>(height) + kBorders);
  difference_.assign(kInputs * plane, 0.0F);
  for (int y = 0; y < height; ++y) {
    const uint8_t* row_a = a.data + y * a.stride;
    const uint8_t* row_b = b.data + y * b.stride;
    for (int c = 0; c < kInputs; ++c) {
      float* out = difference_.data() + static_cast<std::size_t>(c) * plane +
                   (static_cast<std::size_t>(y) + kPadding) * padded_width + kPadding;
      for (int x = 0; x < width; ++x) out[x] = static_cast<float>(row_a[x * kInputs + c] - row_b[x * kInputs + c]);
    }
  }
  std::vector<float> norms(static_cast<std::size_t>(width));
  for (int y = 0; y < height; ++y) {
    convolution_.assign(static_cast<std::size_t>(kOutputs) * static_cast<std::size_t>(width), 0.0F);
    for (std::size_t c = 0; c < kInputs; ++c) {
      for (std::size_t tap = 0; tap < kTaps; ++tap) {
        const float* in = difference_.data() + c * plane +
                          (static_cast<std::size_t>(y) + tap / kKernel) * padded_width + tap % kKernel;
        accumulate_tap(in, weights_.data() + (c * kTaps + tap) * kOutputs, width, convolution_.data());
      }
    }
    norm_of_row(convolution_.data(), width, norms.data());
    per_row(norms);
  }
}

std::vector<float> FeatureDifference::map(const media::ImageView& a, const media::ImageView& b) {
  std::vector<float> all;
  rows(a, b, [&](const std::vector<float>& row) { all.insert(all.end(), row.begin(), row.end()); });
  return all;
}

double FeatureDifference::motion(const media::ImageView& a, const media::ImageView& b) {
  double total = 0;
  rows(a, b, [&](const std::vector<float>& row) {
    for (const float value : row) total += value;
  });
  return total;
}

}  // namespace vs::motion
