#include "lib/motion/ssim.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "lib/core/error.h"
#include "lib/motion/target_clones.h"

namespace vs::motion {
namespace {

constexpr int kWindowArea = kSsimWindow * kSsimWindow;
// C1 and C2 brought to the scale of the integer sums: means carry a factor 49, (co)variances 49 * 48.
constexpr double kC1 = (0.01 * 255) * (0.01 * 255) * kWindowArea * kWindowArea;
constexpr double kC2 = (0.03 * 255) * (0.03 * 255) * kWindowArea * (kWindowArea - 1);

void check_pair(const media::ImageView& a, const media::ImageView& b) {
  if (a.channels != 1 || b.channels != 1) throw std::logic_error("ssim wants gray pictures");
  if (a.width != b.width || a.height != b.height) {
    throw DataError("ssim", fmt::format("pictures of {}x{} and {}x{}", a.width, a.height, b.width, b.height),
                    "compare frames of one size");
  }
  if (std::min(a.width, a.height) < kSsimWindow) {
    throw DataError("ssim", fmt::format("picture of {}x{} is smaller than the 7x7 window", a.width, a.height),
                    "use another measure");
  }
}

// The sums over 7 rows take in a row of either picture. The arrays never overlap.
VS_TARGET_CLONES
void add_row(const uint8_t* __restrict a, const uint8_t* __restrict b, int width, uint32_t* __restrict sum_a,
             uint32_t* __restrict sum_b, uint32_t* __restrict sum_squares, uint32_t* __restrict sum_products) {
  for (int x = 0; x < width; ++x) {
    const uint32_t va = a[x], vb = b[x];
    sum_a[x] += va;
    sum_b[x] += vb;
    sum_squares[x] += va * va + vb * vb;
    sum_products[x] += va * vb;
  }
}

VS_TARGET_CLONES
void remove_row(const uint8_t* __restrict a, const uint8_t* __restrict b, int width, uint32_t* __restrict sum_a,
                uint32_t* __restrict sum_b, uint32_t* __restrict sum_squares, uint32_t* __restrict sum_products) {
  for (int x = 0; x < width; ++x) {
    const uint32_t va = a[x], vb = b[x];
    sum_a[x] -= va;
    sum_b[x] -= vb;
    sum_squares[x] -= va * va + vb * vb;
    sum_products[x] -= va * vb;
  }
}

inline int32_t sum7(const uint32_t* v) {
  return static_cast<int32_t>(((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + v[6]));
}

// The largest values fit 31 bits: sums to 49 * 255, squares of sums to (49 * 255)^2 = 156e6, doubled 312e6.
VS_TARGET_CLONES
void ssim_of_row(const uint32_t* sum_a, const uint32_t* sum_b, const uint32_t* sum_squares,
                 const uint32_t* sum_products, int count, double* out) {
  for (int x = 0; x < count; ++x) {
    const int32_t a = sum7(sum_a + x), b = sum7(sum_b + x);
    const int32_t mean_products = 2 * a * b;
    const int32_t mean_squares = a * a + b * b;
    const int32_t covariance = 2 * kWindowArea * sum7(sum_products + x) - mean_products;
    const int32_t variance = kWindowArea * sum7(sum_squares + x) - mean_squares;
    out[x] = ((mean_products + kC1) * (covariance + kC2)) / ((mean_squares + kC1) * (variance + kC2));
  }
}

VS_TARGET_CLONES
void add_to(const double* values, int count, double* totals) {
  for (int x = 0; x < count; ++x) totals[x] += values[x];
}

}  // namespace

template <class PerRow>
void Ssim::rows(const media::ImageView& a, const media::ImageView& b, PerRow per_row) {
  check_pair(a, b);
  const auto width = static_cast<std::size_t>(a.width);
  for (auto* sums : {&sum_a_, &sum_b_, &sum_squares_, &sum_products_}) sums->assign(width, 0);
  const int inner = a.width - kSsimWindow + 1;
  row_.resize(static_cast<std::size_t>(inner));
  for (int y = 0; y < a.height; ++y) {
    if (y >= kSsimWindow) {
      remove_row(a.data + (y - kSsimWindow) * a.stride, b.data + (y - kSsimWindow) * b.stride, a.width, sum_a_.data(),
                 sum_b_.data(), sum_squares_.data(), sum_products_.data());
    }
    add_row(a.data + y * a.stride, b.data + y * b.stride, a.width, sum_a_.data(), sum_b_.data(), sum_squares_.data(),
            sum_products_.data());
    if (y < kSsimWindow - 1) continue;
    ssim_of_row(sum_a_.data(), sum_b_.data(), sum_squares_.data(), sum_products_.data(), inner, row_.data());
    per_row(row_);
  }
}

double Ssim::mean(const media::ImageView& a, const media::ImageView& b) {
  const int inner = std::max(a.width - kSsimWindow + 1, 0);
  column_total_.assign(static_cast<std::size_t>(inner), 0.0);
  rows(a, b, [&](const std::vector<double>& row) { add_to(row.data(), inner, column_total_.data()); });
  double total = 0;
  for (const double column : column_total_) total += column;
  return total / (static_cast<double>(inner) * (a.height - kSsimWindow + 1));
}

std::vector<double> Ssim::map(const media::ImageView& a, const media::ImageView& b) {
  std::vector<double> all;
  rows(a, b, [&](const std::vector<double>& row) { all.insert(all.end(), row.begin(), row.end()); });
  return all;
}

double Ssim::motion(const media::ImageView& a, const media::ImageView& b) { return std::max(0.0, 1.0 - mean(a, b)); }

}  // namespace vs::motion
