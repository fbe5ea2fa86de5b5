// Files: whole or not at all.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vs {

/// A file that appears under its name only when whole. Bytes go to `.NAME.partial` in the same folder; commit()
/// flushes, fsyncs, renames and fsyncs the folder. Destroyed without commit(), the partial file is removed. A failed
/// write (full disk, no permission) throws RunError naming the file and the reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  void write(std::span<const uint8_t> bytes);
  void write(std::string_view text);
  void commit();

 private:
  std::string path_, partial_;
  int descriptor_ = -1;
};

/// `.NAME.partial` in the folder of `path`.
std::string partial_name(const std::string& path);
/// The whole file appears at once; nothing changes (mtime too) if it holds these bytes already.
void write_file_atomically(const std::string& path, std::string_view bytes);
/// The whole file. Throws DataError if it cannot be read or is larger than `limit_bytes`.
std::string read_file(const std::string& path, uint64_t limit_bytes = uint64_t{1} << 32);
/// The same as bytes.
std::vector<uint8_t> read_bytes(const std::string& path, uint64_t limit_bytes = uint64_t{1} << 32);
/// All of standard input, at most `limit_bytes`.
std::string read_standard_input(uint64_t limit_bytes = uint64_t{1} << 32);
/// Writes all bytes to a descriptor, going on after EINTR and short writes. RunError names `place`; EPIPE throws
/// BrokenPipe.
void write_all(int descriptor, std::span<const uint8_t> bytes, const std::string& place);
/// Makes the folder and its parents. RunError if that is not possible.
void make_folders(const std::string& path);
/// fsync of a folder, so that a rename in it lasts.
void sync_folder(const std::string& path);

/// The reader of our standard output has gone. Programs clean up, say nothing and exit 0.
struct BrokenPipe {};

}  // namespace vs
