// Flow of one video as pictures on disk.
#pragma once

#include <cstdint>
#include <string>

#include "lib/media/image_jpeg.h"
#include "lib/motion/flow.h"

namespace vs::jobs {

/// Writes flow_x_00000.jpg, flow_y_00000.jpg and so on into a folder that appears under its name when whole; a folder
/// that was there is replaced. Pictures go to `.NAME.partial` beside it first; destroyed without commit(), that is
/// removed. A full disk throws RunError.
/// Source: names and numbers (from 0) as denseflow writes them for two-stream networks.
class FlowImageWriter {
 public:
  FlowImageWriter(std::string folder, double bound, int quality);
  FlowImageWriter(const FlowImageWriter&) = delete;
  FlowImageWriter& operator=(const FlowImageWriter&) = delete;
  ~FlowImageWriter();

  /// The flow from frame k to frame k + 1 in the k-th call, k from 0.
  void add(const motion::FlowField& flow);
  void commit();

 private:
  void write(char axis, const media::Image& picture);
  std::string folder_, partial_;
  double bound_;
  media::JpegEncoder encoder_;
  int64_t count_ = 0;
  bool committed_ = false;
};

}  // namespace vs::jobs
