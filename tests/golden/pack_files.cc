#include <fmt/format.h>

#include <bit>
#include <filesystem>
#include <map>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/golden/kinds.h"
#include "tests/golden/run.h"

namespace vs::golden {
namespace {

namespace fs = std::filesystem;

/// Kinds by name: true if a build without media checks them on a device.
std::map<std::string, bool> all_kinds() {
  std::map<std::string, bool> kinds;
  for (const Family& family : every_family()) {
    for (const auto& [name, checker] : family.table.kinds) kinds[name] = family.networks && family.device_half;
  }
  return kinds;
}

/// The file for a case of this path; its folder is made.
fs::path target_of(const fs::path& path, const fs::path& folder) {
  const fs::path target = folder / fs::absolute(path).parent_path().filename() / path.filename();
  fs::create_directories(target.parent_path());
  return fs::path(target).replace_extension(".safetensors");
}

/// Demands that what was packed is what it was packed from, bit by bit.
void demand_equal(const Content& from, const Content& packed, const std::string& path) {
  const auto numbers = [](const Content& content, const std::string& name) {
    std::vector<int64_t> bits;
    if (content.dataset(name).is_floating_point()) {
      std::vector<double> values;
      content.read(name, values);
      for (const double value : values) bits.push_back(std::bit_cast<int64_t>(value));
    } else {
      content.read(name, bits);
    }
    return bits;
  };
  bool equal = from.text_names() == packed.text_names() && from.dataset_names("") == packed.dataset_names("");
  for (const std::string& name : from.text_names()) equal = equal && from.text(name) == packed.text(name);
  for (const std::string& name : from.dataset_names("")) {
    if (!equal) break;
    const Content::Dataset want = from.dataset(name), got = packed.dataset(name);
    equal = want.dtype == got.dtype && want.shape == got.shape &&
            (want.dtype ? numbers(from, name) == numbers(packed, name) : from.strings(name) == packed.strings(name));
  }
  if (!equal) throw DataError(path, "is not what it was packed from");
}

/// Packs one case; false if it is none of those that are.
bool pack(const std::string& path, const std::map<std::string, bool>& kinds, const fs::path& folder,
          std::set<fs::path>& written) {
  const Case c(path);
  const auto kind = kinds.find(c.kind());
  if (kind == kinds.end()) throw DataError(path, c.kind() + ": kind not implemented");
  if (!kind->second) return false;
  const fs::path target = target_of(path, folder);
  const bool again = written.contains(target);
  const std::string before = again ? read_file(target.string()) : std::string();
  write_packed(c.content(), target.string());
  demand_equal(c.content(), *open_packed(target.string()), target.string());
  if (again && read_file(target.string()) != before)
    throw DataError(path, "another case before it was packed as " + target.string());
  written.insert(target);
  return true;
}

}  // namespace

int pack_files(const std::vector<std::string>& paths, const std::string& folder) {
  const auto kinds = all_kinds();
  std::set<fs::path> written;
  size_t others = 0, failed = 0;
  for (const std::string& path : paths) {
    try {
      others += pack(path, kinds, folder, written) ? 0 : 1;
    } catch (const std::exception& e) {
      fmt::print(stderr, "vs-golden: error: {}\n", e.what());
      ++failed;
    }
  }
  uint64_t bytes = 0;
  for (const fs::path& file : written) bytes += fs::file_size(file);
  fmt::print("{}: {} cases, {} kB; {} need no device or more than the device half, {} failed\n", folder, written.size(),
             (bytes + 999) / 1000, others, failed);
  return failed ? kExitFailed : kExitDone;
}

}  // namespace vs::golden
