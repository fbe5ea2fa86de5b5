// A file in memory with a path, for readers that open files.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace vs::fuzz {

/// Holds the bytes of one input under /proc/self/fd, so that no disk is touched.
class ScratchFile {
 public:
  ScratchFile(const uint8_t* data, size_t size) : descriptor_(::memfd_create("vs-fuzz", MFD_CLOEXEC)) {
    while (size > 0) {
      const ssize_t put = ::write(descriptor_, data, size);
      if (put <= 0) break;
      data += put;
      size -= static_cast<size_t>(put);
    }
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() { ::close(descriptor_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace vs::fuzz
