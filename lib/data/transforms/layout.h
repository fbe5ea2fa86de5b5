// FormatShape: in which order a sample's frames lie in the array that the network takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/data/transforms/step_options.h"

namespace vs::data {

/// N crops, M crops x clips, C channels, T frames of a clip, H, W.
enum class Axes {
  kNchw,      ///< [N x clips x T, C, H, W]
  kNcthw,     ///< [M, C, T, H, W]
  kNcthw2d,   ///< OCSampler: [N, C, clips x T, H, W]
  kNchwFlow,  ///< [M, T x C, H, W]: of optical flow x and y in turn, C is 2
  kStack,     ///< AdaFocusV2: [N x clips x T x C, H, W]
};

/// The frames of a sample. Frames are numbered clip after clip, crops of all frames one after the other.
struct FrameCounts {
  int64_t crops = 1, num_clips = 1, clip_len = 1;
  int64_t channels = 3;  ///< of flow: 2, a frame is an x and a y picture
  int64_t frames() const { return num_clips * clip_len; }
};

/// FormatShape of mmaction2, OCSampler's NCTHW2D, and AdaFocusV2's Stack.
struct Layout {
  Axes axes = Axes::kNchw;
  bool collapse = false;  ///< drops the first axis, which must be 1

  /// Throws DataError where the first axis to be dropped is not 1.
  std::vector<int64_t> shape(const FrameCounts& counts, int64_t height, int64_t width) const;
  /// Where the plane of (crop, frame, channel) lies, counted in planes of height x width.
  int64_t plane(const FrameCounts& counts, int64_t crop, int64_t frame, int64_t channel) const;
};

/// Reads input_format (NCHW, NCTHW, NCTHW2D, NCHW_Flow) and collapse of FormatShape, or roll of Stack. UsageError else.
Layout make_layout(StepOptions& options);

}  // namespace vs::data
