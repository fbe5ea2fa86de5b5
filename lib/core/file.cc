#include "lib/core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/descriptor.h"
#include "lib/core/error.h"

namespace vs {
namespace {

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

[[noreturn]] void throw_write_failure(const std::string& path, int code) {
  const char* hint = code == ENOSPC || code == EDQUOT ? "free some space, then run the same command again" : "";
  throw RunError(path, std::string("cannot be written: ") + std::strerror(code), hint);
}

template <class Bytes>
Bytes read_descriptor(int descriptor, const std::string& place, uint64_t limit_bytes) {
  Bytes bytes;
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    if (static_cast<uint64_t>(status.st_size) > limit_bytes)
      throw DataError(place, "is larger than " + std::to_string(limit_bytes) + " bytes");
    bytes.reserve(static_cast<size_t>(status.st_size));
  }
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) {
      throw_if_cancelled();
      continue;
    }
    if (got < 0) throw DataError(place, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(got) > limit_bytes)
      throw DataError(place, "is larger than " + std::to_string(limit_bytes) + " bytes");
    bytes.insert(bytes.end(), buffer, buffer + got);
  }
}

}  // namespace

std::string partial_name(const std::string& path) {
  const std::filesystem::path whole(path);
  return (whole.parent_path() / ("." + whole.filename().string() + ".partial")).string();
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  namespace fs = std::filesystem;
  std::error_code code;
  // A link keeps being one: the file behind it is made or replaced. The kernel follows 40 links at most, too.
  for (int links = 0; links < 40 && fs::is_symlink(fs::symlink_status(path_, code)); ++links) {
    const fs::path target = fs::read_symlink(path_, code);
    if (code) break;
    path_ = (fs::path(path_).parent_path() / target).string();
  }
  // /dev/null, /dev/stdout or a pipe cannot be replaced: they are written to.
  const fs::file_status status = fs::status(path_, code);
  if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw_write_failure(path_, errno);
    return;
  }
  partial_ = partial_name(path_);
  descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw_write_failure(path_, errno);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      partial_(std::move(other.partial_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!partial_.empty()) ::unlink(partial_.c_str());
}

void AtomicFile::write(std::span<const uint8_t> bytes) { write_all(descriptor_, bytes, path_); }

void AtomicFile::write(std::string_view text) { write({reinterpret_cast<const uint8_t*>(text.data()), text.size()}); }

void AtomicFile::commit() {
  if (partial_.empty()) {
    if (::close(std::exchange(descriptor_, -1)) != 0) throw_write_failure(path_, errno);
    return;
  }
  if (::fsync(descriptor_) != 0) throw_write_failure(path_, errno);
  // close() may be where a network disk says that it is full; the descriptor is gone either way.
  if (::close(std::exchange(descriptor_, -1)) != 0) {
    const int code = errno;
    ::unlink(partial_.c_str());
    throw_write_failure(path_, code);
  }
  if (::rename(partial_.c_str(), path_.c_str()) != 0) {
    const int code = errno;
    ::unlink(partial_.c_str());
    throw_write_failure(path_, code);
  }
  sync_folder(folder_of(path_));
}

void write_file_atomically(const std::string& path, std::string_view bytes) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored) && std::filesystem::file_size(path, ignored) == bytes.size() &&
      read_file(path) == bytes)
    return;
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

std::string read_file(const std::string& path, uint64_t limit_bytes) {
  return read_descriptor<std::string>(Descriptor::open_to_read(path).get(), path, limit_bytes);
}

std::vector<uint8_t> read_bytes(const std::string& path, uint64_t limit_bytes) {
  return read_descriptor<std::vector<uint8_t>>(Descriptor::open_to_read(path).get(), path, limit_bytes);
}

std::string read_standard_input(uint64_t limit_bytes) {
  return read_descriptor<std::string>(STDIN_FILENO, "standard input", limit_bytes);
}

void write_all(int descriptor, std::span<const uint8_t> bytes, const std::string& place) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EPIPE) throw BrokenPipe{};
    if (put < 0) throw_write_failure(place, errno);
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
}

void make_folders(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) throw RunError(path, "folder cannot be made: " + code.message());
}

void sync_folder(const std::string& path) {
  // Some file systems refuse fsync of a folder; the rename itself has been checked.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace vs
