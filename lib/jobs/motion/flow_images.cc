#include "lib/jobs/motion/flow_images.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace vs::jobs {

namespace fs = std::filesystem;

FlowImageWriter::FlowImageWriter(std::string folder, double bound, int quality)
    : folder_(std::move(folder)), partial_(partial_name(folder_)), bound_(bound), encoder_(quality) {
  std::error_code ignored;
  fs::remove_all(partial_, ignored);  // what a killed run left
  make_folders(partial_);
}

FlowImageWriter::~FlowImageWriter() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(partial_, ignored);
}

void FlowImageWriter::write(char axis, const media::Image& picture) {
  const auto bytes = encoder_.encode(picture.view());
  const std::string path = fmt::format("{}/flow_{}_{:05}.jpg", partial_, axis, count_);
  // No fsync a picture: the folder gets its name only when all are there.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) throw RunError(path, std::string("cannot be written: ") + std::strerror(errno));
  try {
    write_all(descriptor, bytes, path);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  if (::close(descriptor) != 0) throw RunError(path, std::string("cannot be written: ") + std::strerror(errno));
}

void FlowImageWriter::add(const motion::FlowField& flow) {
  const motion::FlowImages images = motion::flow_images(flow, bound_);
  write('x', images.x);
  write('y', images.y);
  ++count_;
}

void FlowImageWriter::commit() {
  sync_folder(partial_);
  std::error_code error;
  fs::remove_all(folder_, error);
  fs::rename(partial_, folder_, error);
  if (error) throw RunError(folder_, "cannot be put in place: " + error.message());
  committed_ = true;
}

}  // namespace vs::jobs
