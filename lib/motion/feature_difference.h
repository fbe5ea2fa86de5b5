// Feature-level motion: how far two frames are apart after one fixed convolution.
#pragma once

#include <span>
#include <vector>

#include "lib/media/frame_source.h"

namespace vs::motion {

/// MGSampler's feature-level motion: the appearance difference of PAN ("persistence of appearance").
///
/// One convolution 3 -> 8 channels, 7x7, stride 1, zero padding 3, in float32, on B, G, R values 0..255; a pixel's
/// value is the L2 norm over the 8 channels of f(a) - f(b) + 1e-6. Being linear, the convolution runs once, on a - b,
/// and its bias cancels; where nothing changed it is left out. Equal frames give sqrt(8) * 1e-6 a pixel, not 0. The
/// result depends neither on the machine nor on the number of threads. Several threads may use one object.
/// Source: PAN (Zhang et al., 2019), module PA, as MGSampler (Zhi et al., ICCV 2021) applies it: BGR, no normalisation.
class FeatureDifference {
 public:
  static constexpr int kOutputs = 8, kInputs = 3, kKernel = 7;

  /// weights: [8, 3, 7, 7] row-major, input channels in the order B, G, R, as in the checkpoint's shallow_conv.weight.
  /// Throws DataError if their number is wrong or one is not finite.
  explicit FeatureDifference(std::span<const float> weights);

  /// The norm of every pixel, [H, W] row-major. a and b: RGB of one size; throws DataError otherwise.
  std::vector<float> map(const media::ImageView& a, const media::ImageView& b, int threads = 1) const;
  /// The sum of the map over all pixels, summed in double. Throws DataError also if it is not finite, as huge weights
  /// make it.
  double motion(const media::ImageView& a, const media::ImageView& b, int threads = 1) const;

 private:
  std::vector<float> weights_;  // [3, 7, 8, 7]: input channels R, G, B, row, output, column
  /// The norms of rows [first, last), [last - first, W].
  std::vector<float> band(const media::ImageView& a, const media::ImageView& b, int first, int last) const;
  /// Calls consume(norms of a band) for bands of rows from top to bottom.
  template <class Consume>
  void bands(const media::ImageView& a, const media::ImageView& b, int threads, Consume consume) const;
};

}  // namespace vs::motion
