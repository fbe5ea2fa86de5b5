#include "lib/cuda/kernels/drca_rank.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "lib/core/error.h"
#include "tests/lib/cuda/numbers.h"

namespace vs::cuda {
namespace {

using testing::random_bytes;
using testing::random_floats;

constexpr float kNoNumber = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinite = std::numeric_limits<float>::infinity();

bool larger(float a, float b) { return std::isnan(a) ? !std::isnan(b) : a > b; }

/// Indices that sort a row stably, largest first or smallest first.
std::vector<int64_t> sorted(const float* row, int64_t frames, bool descending) {
  std::vector<int64_t> order(static_cast<std::size_t>(frames));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return descending ? larger(row[a], row[b]) : larger(row[b], row[a]); });
  return order;
}

struct Split {
  std::vector<int64_t> kept, dropped;
};

Split naive_split(const float* row, int64_t frames, int64_t k) {
  const std::vector<int64_t> order = sorted(row, frames, true);
  Split split{{order.begin(), order.begin() + k}, {order.begin() + k, order.end()}};
  std::sort(split.kept.begin(), split.kept.end());
  std::sort(split.dropped.begin(), split.dropped.end());
  return split;
}

void compare_rank(const std::vector<float>& scores, int64_t rows, int64_t k) {
  const auto frames = static_cast<int64_t>(scores.size()) / rows;
  std::vector<int64_t> kept(static_cast<std::size_t>(rows * k), -1), order(scores.size(), -1);
  std::vector<int64_t> dropped(scores.size() - kept.size(), -1);
  drca_rank(scores.data(), rows, frames, k, kept.data(), dropped.data(), order.data(), nullptr);
  Split want;
  std::vector<int64_t> want_order;
  for (int64_t row = 0; row < rows; ++row) {
    const float* values = scores.data() + row * frames;
    const Split split = naive_split(values, frames, k);
    const std::vector<int64_t> ascending = sorted(values, frames, false);
    want.kept.insert(want.kept.end(), split.kept.begin(), split.kept.end());
    want.dropped.insert(want.dropped.end(), split.dropped.begin(), split.dropped.end());
    want_order.insert(want_order.end(), ascending.begin(), ascending.end());
  }
  CHECK(kept == want.kept);
  CHECK(dropped == want.dropped);
  CHECK(order == want_order);
  std::fill(kept.begin(), kept.end(), -1);
  drca_rank(scores.data(), rows, frames, k, kept.data(), dropped.data(), nullptr, nullptr);
  CHECK(kept == want.kept);
}

TEST_CASE("ranking equals a stable sort") {
  for (const int64_t frames : {1, 2, 3, 16, 31, 32, 33, 64, 300}) {
    for (const int64_t k : {int64_t{0}, int64_t{1}, frames / 2, frames - 1, frames})
      compare_rank(random_floats(static_cast<std::size_t>(5 * frames), 3), 5, k);
  }
}

TEST_CASE("ranking: equal scores, both zeros, infinities and what is no number") {
  const std::vector<float> scores{1,  2, 2,         1,         2, 1,         0,          -0.0F, 0,         1, -0.0F, 0,
                                  -1, 0, kNoNumber, kInfinite, 3, kNoNumber, -kInfinite, 0,     kInfinite, 7, 7,     7};
  for (const int64_t rows : {1, 2, 4}) {
    for (int64_t k = 0; k <= 24 / rows; ++k) compare_rank(scores, rows, k);
  }
  compare_rank(std::vector<float>(8, kNoNumber), 1, 3);
}

TEST_CASE("ranking: counts that are refused") {
  CHECK_THROWS_AS(drca_rank(nullptr, 1, 4097, 2, nullptr, nullptr, nullptr, nullptr), DataError);
  CHECK_THROWS_AS(drca_rank(nullptr, 1, 4, 5, nullptr, nullptr, nullptr, nullptr), std::logic_error);
  drca_rank(nullptr, 0, 4, 2, nullptr, nullptr, nullptr, nullptr);
  compare_rank(random_floats(kMaxRankedFrames, 4), 1, 1000);
}

TEST_CASE("gathering: any frame size, stride and address") {
  for (const int64_t frame_bytes : {1, 2, 6, 8, 16, 48, 600, 8000}) {
    for (const int64_t gap : {0, 4, 16}) {
      for (const int64_t offset : {0, 2, 8}) {
        constexpr int64_t kVideos = 3, kFrames = 5, kKept = 2;
        const int64_t frame_stride = frame_bytes + gap, video_stride = kFrames * frame_stride + gap;
        const auto bytes = random_bytes(static_cast<std::size_t>(offset + kVideos * video_stride), 5);
        const std::vector<int64_t> kept{0, 4, 1, 2, 3, 4}, dropped{1, 2, 3, 0, 3, 4, 0, 1, 2};
        std::vector<uint8_t> kept_values(static_cast<std::size_t>(kVideos * kKept * frame_bytes)),
            dropped_values(static_cast<std::size_t>(kVideos * (kFrames - kKept) * frame_bytes));
        drca_gather({bytes.data() + offset, kVideos, frame_bytes, video_stride, frame_stride}, kept.data(), kKept,
                    dropped.data(), kFrames - kKept, kept_values.data(), dropped_values.data(), nullptr);
        const auto gathered = [&](const std::vector<int64_t>& indices) {
          std::vector<uint8_t> result;
          const auto places = static_cast<int64_t>(indices.size()) / kVideos;
          for (int64_t i = 0; i < static_cast<int64_t>(indices.size()); ++i) {
            const auto from = bytes.begin() + offset + i / places * video_stride +
                              indices[static_cast<std::size_t>(i)] * frame_stride;
            result.insert(result.end(), from, from + frame_bytes);
          }
          return result;
        };
        CHECK(kept_values == gathered(kept));
        CHECK(dropped_values == gathered(dropped));
      }
    }
  }
  drca_gather({}, nullptr, 0, nullptr, 0, nullptr, nullptr, nullptr);
}

struct Mixture {
  std::vector<float> kept, dropped, kept_slope, dropped_slope;
  bool operator==(const Mixture&) const = default;
};

Mixture mix(const std::vector<float>& scores, const std::vector<float>& noise, int64_t rows, int64_t samples, int64_t k,
            double sigma) {
  const auto frames = static_cast<int64_t>(scores.size()) / rows;
  const auto kept_size = static_cast<std::size_t>(rows * k * frames),
             dropped_size = static_cast<std::size_t>(rows * (frames - k) * frames);
  Mixture result{std::vector<float>(kept_size, kNoNumber), std::vector<float>(dropped_size, kNoNumber),
                 std::vector<float>(kept_size, kNoNumber), std::vector<float>(dropped_size, kNoNumber)};
  drca_mixture({scores.data(), noise.data(), result.kept.data(), result.dropped.data(), result.kept_slope.data(),
                result.dropped_slope.data()},
               rows, samples, frames, k, sigma, nullptr);
  return result;
}

void compare_mixture(int64_t rows, int64_t samples, int64_t frames, int64_t k, double sigma, bool equal_scores) {
  const std::vector<float> scores = equal_scores ? std::vector<float>(static_cast<std::size_t>(rows * frames), 1)
                                                 : random_floats(static_cast<std::size_t>(rows * frames), 8);
  const std::vector<float> noise = random_floats(static_cast<std::size_t>(rows * samples * frames), 9);
  std::vector<double> mean(static_cast<std::size_t>(rows * frames * frames)), slope(mean.size());
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t sample = 0; sample < samples; ++sample) {
      const float* of_sample = noise.data() + (row * samples + sample) * frames;
      std::vector<float> perturbed;
      for (int64_t frame = 0; frame < frames; ++frame) {
        const float spread = of_sample[frame] * static_cast<float>(sigma);
        perturbed.push_back(scores[static_cast<std::size_t>(row * frames + frame)] + spread);
      }
      Split split = naive_split(perturbed.data(), frames, k);
      split.kept.insert(split.kept.end(), split.dropped.begin(), split.dropped.end());
      for (int64_t place = 0; place < frames; ++place) {
        const int64_t frame = split.kept[static_cast<std::size_t>(place)];
        const auto at = static_cast<std::size_t>((row * frames + place) * frames + frame);
        mean[at] += 1.0 / static_cast<double>(samples);
        if (sigma > 1e-20) slope[at] += of_sample[frame] * 0.1 / (static_cast<double>(samples) * sigma);
      }
    }
  }
  const Mixture got = mix(scores, noise, rows, samples, k, sigma);
  double error = 0, largest = 1;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t place = 0; place < frames; ++place) {
      for (int64_t frame = 0; frame < frames; ++frame) {
        const auto at = static_cast<std::size_t>((row * frames + place) * frames + frame);
        const bool is_kept = place < k;
        const auto in_part = static_cast<std::size_t>(is_kept ? (row * k + place) * frames + frame
                                                              : (row * (frames - k) + place - k) * frames + frame);
        largest = std::max(largest, std::fabs(slope[at]));
        error = std::fmax(error, std::fabs((is_kept ? got.kept : got.dropped)[in_part] - mean[at]));
        const float own_slope = (is_kept ? got.kept_slope : got.dropped_slope)[in_part];
        error = std::fmax(error, std::isnan(own_slope) ? 1e9 : std::fabs(own_slope - slope[at]));
      }
    }
  }
  CHECK(error <= 1e-5 * largest);
  CHECK(got == mix(scores, noise, rows, samples, k, sigma));
}

TEST_CASE("the mixture equals the mean over samples, one by one") {
  for (const bool equal_scores : {false, true}) {
    compare_mixture(3, 50, 8, 3, 0.05, equal_scores);
    compare_mixture(5, 7, 2, 1, 1, equal_scores);
    compare_mixture(1, 1, 16, 15, 0.5, equal_scores);
    compare_mixture(2, 33, 16, 1, 0.5, equal_scores);
    compare_mixture(1, 21, 33, 10, 0.3, equal_scores);
    compare_mixture(1, 40, 64, 16, 0.3, equal_scores);
    compare_mixture(1, 9, 128, 60, 0.3, equal_scores);
  }
}

TEST_CASE("the mixture without spread is the ranking, without slope") {
  compare_mixture(2, 5, 6, 2, 0, true);
  compare_mixture(2, 5, 6, 2, 1e-21, false);
}

TEST_CASE("the mixture: rows without a gradient, scores that are no numbers, counts that are refused") {
  const std::vector<float> scores{kNoNumber, 1, kNoNumber, 2}, noise = random_floats(12, 1);
  std::vector<float> kept(8), dropped(8);
  drca_mixture({scores.data(), noise.data(), kept.data(), dropped.data(), nullptr, nullptr}, 1, 3, 4, 2, 1e-3, nullptr);
  CHECK(kept == std::vector<float>{1, 0, 0, 0, 0, 0, 1, 0});
  CHECK(dropped == std::vector<float>{0, 1, 0, 0, 0, 0, 0, 1});
  CHECK_THROWS_AS(drca_mixture({}, 1, 1, kMaxMixedFrames + 1, 2, 1, nullptr), DataError);
  CHECK_THROWS_AS(drca_mixture({}, 1, 0, 4, 2, 1, nullptr), std::logic_error);
  CHECK_THROWS_AS(drca_mixture({}, 1, 1, 4, 5, 1, nullptr), std::logic_error);
  drca_mixture({}, 0, 1, 4, 2, 1, nullptr);
}

}  // namespace
}  // namespace vs::cuda
