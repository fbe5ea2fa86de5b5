// Structural similarity of two gray pictures, and the motion measure made of it.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/media/frame_source.h"

namespace vs::motion {

/// Side of SSIM's box window; smaller pictures have no SSIM.
constexpr int kSsimWindow = 7;

/// Compares pairs of gray pictures; keeps its row buffers for the next pair. One thread at a time.
///
/// 7x7 box windows that lie fully inside the picture, sample (co)variance over n - 1 = 48, C1 = (0.01 * 255)^2,
/// C2 = (0.03 * 255)^2, plain mean over the (H - 6) x (W - 6) windows. Window sums are exact integers and the order of
/// additions is fixed: equal pictures give exactly 1, and every machine gives the same bits.
/// All functions throw DataError if a side is below 7 or the sizes differ, std::logic_error if a picture is not gray.
/// Source: Wang et al., IEEE TIP 2004; constants and window as scikit-image's defaults.
class Ssim {
 public:
  /// The mean SSIM of two gray pictures (channels 1), in (-1, 1].
  double mean(const media::ImageView& a, const media::ImageView& b);
  /// The SSIM of every window, [H - 6, W - 6] row-major.
  std::vector<double> map(const media::ImageView& a, const media::ImageView& b);
  /// MGSampler's image-level motion, 1 - SSIM, clamped at 0: in [0, 2).
  /// Source: MGSampler (Zhi et al., ICCV 2021), image-level difference of its published code.
  double motion(const media::ImageView& a, const media::ImageView& b);

 private:
  // Sums over 7 rows, one entry a column.
  std::vector<uint32_t> sum_a_, sum_b_, sum_squares_, sum_products_;
  std::vector<double> row_, column_total_;
  template <class PerRow>
  void rows(const media::ImageView& a, const media::ImageView& b, PerRow per_row);
};

}  // namespace vs::motion
