// Motion between the frames of a source, frame by frame as they come.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/media/frame_source.h"
#include "lib/motion/feature_difference.h"
#include "lib/motion/flow.h"

namespace vs::motion {

/// Measures that look at pixels.
enum class PixelMeasure {
  kSsim,  ///< 1 - SSIM of gray frames (MGSampler's image-level motion)
  kMad,   ///< mean absolute difference of gray frames, 0..255
  kLuma,  ///< mean absolute difference of the luma planes as decoded, in the plane's units
  kFlow,  ///< mean length of optical flow between gray frames, pixels
  kPa,    ///< FeatureDifference::motion() of RGB frames (MGSampler's feature-level motion)
};

/// Takes frames one after the other and keeps only the last. One thread at a time.
///
/// Gray is (9798 R + 19235 G + 3735 B + 2^14) >> 15 of the frame's RGB (OpenCV's formula).
class PixelMotion {
 public:
  /// measure: any but kPa, which needs weights (std::logic_error). algorithm: for kFlow only; throws UsageError where
  /// it is not available.
  explicit PixelMotion(PixelMeasure measure, FlowAlgorithm algorithm = FlowAlgorithm::kDis);
  /// kPa; threads share the work on each pair of frames.
  explicit PixelMotion(std::shared_ptr<const FeatureDifference> feature, int threads = 1);
  PixelMotion(PixelMotion&&) noexcept;
  PixelMotion& operator=(PixelMotion&&) noexcept;
  ~PixelMotion();

  /// Takes the next frame and returns the motion from the one before, nothing (0) for the first. Throws DataError
  /// naming the frame if its size differs from the one before, or as the measure does (SSIM: a side under 7).
  double add(media::Frame& frame);
  /// The flow that the last add() computed; empty for other measures and after the first frame.
  const FlowField& flow() const;

  int64_t num_frames() const;
  /// What add() returned from the second frame on: [num_frames - 1].
  const std::vector<double>& values() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::motion
