// From 8-bit pixels to the numbers a network takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/data/transforms/step_options.h"
#include "lib/media/frame_source.h"

namespace vs::data {

/// Whose arithmetic; they differ in the last bits only.
enum class NormalizeRule {
  kMmaction0x,   ///< (x - mean) * (1 / std), the product in double (OpenCV's)
  kMmaction1x,   ///< (x - mean) / std in float
  kTorchvision,  ///< (x / 255 - mean) / std in float
};

/// Subtracts a mean and divides by a deviation, channel by channel.
class Normalization {
 public:
  /// mean and std: one number a channel, 1 to 4 of them; std not 0, all finite, else UsageError. swap_channels: the
  /// first and third of three channels change places first; mean and std are then in the new order.
  Normalization(NormalizeRule rule, const std::vector<double>& mean, const std::vector<double>& std,
                bool swap_channels = false);

  int channels() const { return static_cast<int>(tables_.size()); }
  /// Whether channel 0 of what comes out is the last of the picture.
  bool swaps_channels() const { return swaps_; }
  /// What becomes of the value `x` of a channel.
  float operator()(int channel, uint8_t x) const { return tables_[static_cast<std::size_t>(channel)].values[x]; }

  /// Writes all channels of a picture as planes, [height, width] each; plane c begins at out + c * plane_step.
  /// The picture has channels() channels, else std::logic_error.
  void planes(const media::ImageView& picture, float* out, std::ptrdiff_t plane_step) const;
  /// Writes a picture of one channel as the plane of channel `channel`, times `factor`.
  void plane(const media::ImageView& picture, int channel, float factor, float* out) const;

 private:
  /// Every value there is, and the arithmetic that gives the same values without a look-up.
  struct Channel {
    std::array<float, 256> values;
    float divisor, mean, std;
  };
  std::vector<Channel> tables_;
  bool swaps_ = false;
  bool arithmetic_ = false;  ///< the arithmetic gives the tables' values to the bit
};

/// Normalize of mmaction2 0.x, or ActionDataPreprocessor of 1.x (frames as RGB here, so to_rgb swaps them).
struct Normalize {
  Normalization values;
  bool adjust_magnitude = false;  ///< optical flow: times the factors by which frames were resized
  bool flow = false;              ///< mean and std are those of x and y
};

/// Reads mean and std (3 numbers for pictures, 2 for flow); of Normalize to_bgr and adjust_magnitude, of
/// ActionDataPreprocessor to_rgb, of GroupNormalize, whose pixels are divided by 255 first, nothing else.
/// Throws UsageError for bad values.
Normalize make_normalize(StepOptions& options);

}  // namespace vs::data
