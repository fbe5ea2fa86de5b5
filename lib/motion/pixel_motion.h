// Motion between the frames of a source, frame by frame as they come.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/media/frame_source.h"
#include "lib/motion/feature_difference.h"
#include "lib/motion/flow.h"
#include "lib/motion/pixel_measure.h"

namespace vs::motion {

class DeviceMotionMaker;

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
  /// measure: as above. Two frames in a row that lie on one GPU are compared there, by an object that `on_device`
  /// makes, where it can; others on the CPU. `on_device` must live longer.
  PixelMotion(PixelMeasure measure, const DeviceMotionMaker& on_device);
  PixelMotion(PixelMotion&&) noexcept;
  PixelMotion& operator=(PixelMotion&&) noexcept;
  ~PixelMotion();

  /// Takes the next frame. Throws DataError naming the frame if its size differs from the one before, or as the measure
  /// does (SSIM: a side under 7), and RunError where a GPU fails.
  void add(media::Frame& frame);
  /// The flow that the last add() computed; empty for other measures and after the first frame.
  const FlowField& flow() const;

  int64_t num_frames() const;
  /// The motion of every frame from the second on from the one before it: [num_frames - 1]. Waits for a GPU; RunError
  /// where that fails.
  const std::vector<double>& values() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::motion
