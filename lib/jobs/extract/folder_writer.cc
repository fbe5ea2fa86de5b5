#include "lib/jobs/extract/folder_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/sha256.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& place, int error) {
  throw RunError(place, std::string("cannot be written: ") + std::strerror(error));
}

}  // namespace

FolderWriter::FolderWriter(std::string folder) : folder_(std::move(folder)), partial_(partial_name(folder_)) {
  std::error_code error;
  fs::remove_all(partial_, error);
  if (error) fail(partial_, error.value());
  make_folders(partial_);
  descriptor_ = ::open(partial_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) fail(partial_, errno);
}

FolderWriter::~FolderWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
}

void FolderWriter::write(const std::string& name, std::span<const uint8_t> bytes) {
  const int file = ::openat(descriptor_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) fail(folder_ + "/" + name, errno);
  try {
    write_all(file, bytes, folder_ + "/" + name);
  } catch (...) {
    ::close(file);
    throw;
  }
  if (::close(file) != 0) fail(folder_ + "/" + name, errno);
  size_ += bytes.size();
  written_.push_back({name, sha256_of_bytes(bytes)});
}

store::FileRecord FolderWriter::finish() {
  std::error_code error;
  if (fs::exists(folder_, error)) fs::remove_all(folder_, error);
  if (error) fail(folder_, error.value());
  if (::rename(partial_.c_str(), folder_.c_str()) != 0) fail(folder_, errno);
  ::close(std::exchange(descriptor_, -1));
  std::sort(written_.begin(), written_.end(), [](const Written& a, const Written& b) { return a.name < b.name; });
  Sha256 hash;
  for (const Written& file : written_) {
    const std::string line = file.sha256 + "  " + file.name + "\n";
    hash.update({reinterpret_cast<const uint8_t*>(line.data()), line.size()});
  }
  return {folder_, size_, hash.finish()};
}

}  // namespace vs::jobs
