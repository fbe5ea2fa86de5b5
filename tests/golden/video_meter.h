// What the checker of videos measures on every frame.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/media/image.h"
#include "lib/media/video_frame.h"
#include "lib/motion/ssim.h"

namespace vs::golden {

/// Everything measured while decoding in order.
struct Measured {
  std::vector<int64_t> ticks, durations, keys, sizes;
  std::vector<double> seconds;
  std::string picture_types;
  std::vector<std::string> md5;
  std::vector<double> rgb_means, yuv_means, mad_y, mad_gray, mad_rgb, ssim_diff;
};

/// Collects the measures of each frame and of each pair of neighbours.
class VideoMeter {
 public:
  /// Takes the next frame.
  void add(media::VideoFrame& frame);

  Measured result;

 private:
  void add_times(const media::VideoFrame& frame);

  std::vector<uint8_t> rgb_;
  std::vector<double> luma_;
  media::Image gray_;
  motion::Ssim ssim_;
};

}  // namespace vs::golden
