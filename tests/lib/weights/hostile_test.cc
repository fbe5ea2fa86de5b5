// Every golden checkpoint cut at every byte, and with every byte changed: read or refused, never more.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/weights/checkpoint.h"
#include "tests/fuzz/scratch_file.h"

namespace {

using namespace vs;

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(VS_TEST_DATA "/../golden/cases/weights")) {
    const auto extension = entry.path().extension();
    if (extension == ".pth" || extension == ".tar" || extension == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// True if every tensor could be read.
bool read_all(const std::string& path, uint64_t file_size) {
  try {
    const auto checkpoint = weights::Checkpoint::open(path);
    for (size_t i = 0; i < checkpoint.tensors().size(); ++i) {
      REQUIRE(checkpoint.tensors()[i].size_bytes() <= std::max<uint64_t>(file_size, 1 << 16));
      (void)checkpoint.read(i);
    }
    return true;
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace

TEST_CASE("checkpoints cut at every byte are refused") {
  const auto files = golden_files();
  REQUIRE(files.size() >= 19);
  for (const auto& path : files) {
    INFO(path.filename().string());
    const auto bytes = read_bytes(path.string());
    const fuzz::ScratchFile file(bytes.data(), bytes.size());
    const bool whole = read_all(file.path(), bytes.size());
    for (size_t size = bytes.size(); size-- > 0;) {
      REQUIRE(::truncate(file.path().c_str(), static_cast<off_t>(size)) == 0);
      if (read_all(file.path(), size)) {
        INFO(size);
        // Without its last bytes a zip file has no directory, and the other formats lack data.
        CHECK_FALSE(whole);
      }
    }
  }
}

TEST_CASE("checkpoints with any byte changed are read or refused") {
  for (const auto& path : golden_files()) {
    const auto bytes = read_bytes(path.string());
    for (size_t at = 0; at < bytes.size(); ++at) {
      auto changed = bytes;
      changed[at] = static_cast<uint8_t>(changed[at] ^ (at % 3 == 0 ? 0xFFU : at % 3 == 1 ? 0x80U : 0x01U));
      const fuzz::ScratchFile file(changed.data(), changed.size());
      (void)read_all(file.path(), changed.size());
    }
  }
}
