#include "lib/jobs/motion/flow_images.h"

#include <fmt/format.h>

#include <utility>

namespace vs::jobs {

FlowImageWriter::FlowImageWriter(const std::string& folder, double bound, int quality)
    : folder_(folder), bound_(bound), encoder_(quality) {}

void FlowImageWriter::write(char axis, const media::Image& picture) {
  folder_.write(fmt::format("flow_{}_{:05}.jpg", axis, count_), encoder_.encode(picture.view()));
}

void FlowImageWriter::add(const motion::FlowField& flow) {
  const motion::FlowImages images = motion::flow_images(flow, bound_);
  write('x', images.x);
  write('y', images.y);
  ++count_;
}

store::FolderWriter FlowImageWriter::finish() {
  folder_.prepare();
  return std::move(folder_);
}

}  // namespace vs::jobs
