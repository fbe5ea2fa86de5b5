#include "lib/jobs/extract/folder_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
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

uint8_t digit_value(char digit) { return static_cast<uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10); }

std::array<uint8_t, 32> bytes_of(const std::string& hex) {
  std::array<uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(digit_value(hex[2 * i]) << 4 | digit_value(hex[2 * i + 1]));
  }
  return bytes;
}

std::string hex_of(const std::array<uint8_t, 32>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
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
  written_.push_back({name, bytes_of(sha256_of_bytes(bytes))});
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
    const std::string line = hex_of(file.hash) + "  " + file.name + "\n";
    hash.update({reinterpret_cast<const uint8_t*>(line.data()), line.size()});
  }
  return {folder_, size_, hash.finish()};
}

}  // namespace vs::jobs
