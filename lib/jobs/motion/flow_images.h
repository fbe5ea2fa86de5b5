// Flow of one video as pictures on disk.
#pragma once

#include <cstdint>
#include <string>

#include "lib/media/image_jpeg.h"
#include "lib/motion/flow.h"
#include "lib/store/folder_writer.h"

namespace vs::jobs {

/// Writes flow_x_00000.jpg, flow_y_00000.jpg and so on into a folder that is yet to appear under its name.
/// Destroyed before finish(), what was written is removed. A full disk throws RunError.
/// Source: names and numbers (from 0) as denseflow writes them for two-stream networks.
class FlowImageWriter {
 public:
  FlowImageWriter(const std::string& folder, double bound, int quality);

  /// The flow from frame k to frame k + 1 in the k-th call, k from 0.
  void add(const motion::FlowField& flow);
  /// All pictures are there: the folder, to be published when it is the item's turn.
  store::FolderWriter finish();

 private:
  void write(char axis, const media::Image& picture);
  store::FolderWriter folder_;
  double bound_;
  media::JpegEncoder encoder_;
  int64_t count_ = 0;
};

}  // namespace vs::jobs
