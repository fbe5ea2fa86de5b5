// The measures of motion that look at pixels.
#pragma once

namespace vs::motion {

enum class PixelMeasure {
  kSsim,  ///< 1 - SSIM of gray frames (MGSampler's image-level motion)
  kMad,   ///< mean absolute difference of gray frames, 0..255
  kLuma,  ///< mean absolute difference of the luma planes as decoded, in the plane's units
  kFlow,  ///< mean length of optical flow between gray frames, pixels
  kPa,    ///< FeatureDifference::motion() of RGB frames (MGSampler's feature-level motion)
};

}  // namespace vs::motion
