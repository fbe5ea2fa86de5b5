#include "lib/store/folder_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/sha256.h"
#include "lib/store/real_paths.h"

namespace vs::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& place, int error) {
  throw RunError(place, std::string("cannot be written: ") + std::strerror(error),
                 error == ENOSPC || error == EDQUOT ? "free some space, then run the same command again" : "");
}

uint8_t digit_value(char digit) { return static_cast<uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10); }

std::array<uint8_t, 32> bytes_of(const std::string& hex) {
  std::array<uint8_t, 32> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
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

/// Where the name itself lies and, if that is a link, where it leads to.
std::vector<std::string> places_of(const std::string& path, RealPaths& real) {
  std::vector<std::string> places{real.of(path)};
  std::error_code code;
  if (fs::is_symlink(fs::symlink_status(places.front(), code))) places.push_back(resolved_path(path));
  return places;
}

using Owners = std::unordered_map<std::string, const std::string*>;

/// What lies at the place itself or above it; null if nothing does.
const std::string* at_or_above(const Owners& owners, std::string_view place) {
  for (;;) {
    const auto found = owners.find(std::string(place));
    if (found != owners.end()) return found->second;
    if (place.size() <= 1) return nullptr;
    const size_t slash = place.rfind('/');
    if (slash == std::string_view::npos) return nullptr;
    place = place.substr(0, std::max<size_t>(slash, 1));
  }
}

}  // namespace

void check_folders_apart(const std::vector<std::string>& folders, const std::vector<std::string>& inputs) {
  constexpr const char* kHint = "choose an output folder apart from the inputs";
  RealPaths real;
  Owners inputs_at, folders_at;
  for (const auto& input : inputs) {
    if (input.empty() || input == "-") continue;
    for (auto& place : places_of(input, real)) inputs_at.emplace(std::move(place), &input);
  }
  for (const auto& folder : folders) {
    for (const auto& name : {folder, partial_name(folder)}) {
      for (auto& place : places_of(name, real)) {
        if (const auto* input = at_or_above(inputs_at, place)) {
          const bool same = inputs_at.contains(place);
          throw UsageError(folder, fmt::format("{} the input {}", same ? "is" : "lies in", *input), kHint);
        }
        folders_at.emplace(std::move(place), &folder);
      }
    }
  }
  for (const auto& input : inputs) {
    if (input.empty() || input == "-") continue;
    for (const auto& place : places_of(input, real)) {
      if (const auto* folder = at_or_above(folders_at, place))
        throw UsageError(*folder, "holds the input " + input, kHint);
    }
  }
}

FolderWriter::FolderWriter(std::string folder) : folder_(std::move(folder)), partial_(partial_name(folder_)) {
  std::error_code error;
  fs::remove_all(partial_, error);
  if (error) fail(partial_, error.value());
  make_folders(partial_);
  descriptor_ = ::open(partial_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) fail(partial_, errno);
}

FolderWriter::FolderWriter(FolderWriter&& other) noexcept
    : folder_(std::move(other.folder_)),
      partial_(std::exchange(other.partial_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      written_(std::move(other.written_)) {}

FolderWriter& FolderWriter::operator=(FolderWriter&& other) noexcept {
  if (this == &other) return *this;
  remove_partial();
  folder_ = std::move(other.folder_);
  partial_ = std::exchange(other.partial_, {});
  descriptor_ = std::exchange(other.descriptor_, -1);
  size_ = other.size_;
  written_ = std::move(other.written_);
  return *this;
}

FolderWriter::~FolderWriter() { remove_partial(); }

void FolderWriter::remove_partial() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  if (partial_.empty()) return;
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
  partial_.clear();
}

void FolderWriter::write(const std::string& name, std::span<const uint8_t> bytes) {
  if (descriptor_ < 0) throw std::logic_error("the folder takes no more files");
  const std::string place = folder_ + "/" + name;
  const int file = ::openat(descriptor_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) fail(place, errno);
  try {
    write_all(file, bytes, place);
  } catch (...) {
    ::close(file);
    throw;
  }
  if (::close(file) != 0) fail(place, errno);
  size_ += bytes.size();
  written_.push_back({name, bytes_of(sha256_of_bytes(bytes))});
}

FileRecord FolderWriter::prepare() {
  if (descriptor_ < 0) throw std::logic_error("the folder is prepared already");
  // One call for all files: an fsync for each of thousands of small ones takes far longer.
  if (!written_.empty() && ::syncfs(descriptor_) != 0) fail(folder_, errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(folder_, errno);
  std::sort(written_.begin(), written_.end(), [](const Written& a, const Written& b) { return a.name < b.name; });
  Sha256 hash;
  for (const Written& file : written_) {
    const std::string line = hex_of(file.hash) + "  " + file.name + "\n";
    hash.update({reinterpret_cast<const uint8_t*>(line.data()), line.size()});
  }
  // Many prepared folders may wait for their turn.
  written_ = {};
  return {folder_, size_, hash.finish()};
}

void FolderWriter::publish() {
  if (partial_.empty() || descriptor_ >= 0) throw std::logic_error("the folder is not prepared");
  std::error_code error;
  fs::remove_all(folder_, error);
  if (error) fail(folder_, error.value());
  if (::rename(partial_.c_str(), folder_.c_str()) != 0) fail(folder_, errno);
  partial_.clear();
  const std::string parent = fs::path(folder_).parent_path().string();
  sync_folder(parent.empty() ? "." : parent);
}

}  // namespace vs::store
