// Dense optical flow: as a motion measure, and as the pictures that two-stream networks read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/media/frame_source.h"
#include "lib/media/image.h"

namespace vs::motion {

enum class FlowAlgorithm {
  kDis,        ///< dense inverse search, medium preset (Kroeger et al., ECCV 2016)
  kFarneback,  ///< polynomial expansion (Farneback, SCIA 2003)
  kTvl1,       ///< duality-based TV-L1 (Zach et al., DAGM 2007); only where OpenCV's optflow library is installed
};

/// Displacement of every pixel from one picture to the next, in pixels.
struct FlowField {
  int width = 0, height = 0;
  std::vector<float> x, y;  ///< [height, width] row-major; x to the right, y down
};

/// Computes flow between gray pictures. One thread at a time. Uses one thread, so that results do not depend on the
/// machine's cores; OpenCV's floating-point kernels may differ in the last digits between kinds of processors.
class OpticalFlow {
 public:
  /// Throws UsageError if the algorithm is not available here.
  explicit OpticalFlow(FlowAlgorithm algorithm);
  OpticalFlow(OpticalFlow&&) noexcept;
  OpticalFlow& operator=(OpticalFlow&&) noexcept;
  ~OpticalFlow();

  /// a, b: gray pictures of one size, both sides at least 16. Throws DataError otherwise, and if OpenCV fails.
  /// The result is borrowed until the next call.
  const FlowField& compute(const media::ImageView& a, const media::ImageView& b);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Mean length of the vectors, pixels. 0 for an empty field.
double mean_magnitude(const FlowField& flow);

/// Flow in [-bound, bound] to gray levels, one picture a direction: round(255 (v + bound) / (2 bound)), halves to the
/// even level (no motion is 128); beyond the bound 0 and 255. bound > 0.
/// Source: denseflow's conversion, bound 20 in the two-stream data sets of TSN (Wang et al., ECCV 2016).
struct FlowImages {
  media::Image x, y;  ///< gray
};
FlowImages flow_images(const FlowField& flow, double bound);

/// Version of OpenCV, such as "4.6.0".
std::string opencv_version();

}  // namespace vs::motion
