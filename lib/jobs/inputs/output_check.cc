#include "lib/jobs/inputs/output_check.h"

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

using FileId = std::pair<dev_t, ino_t>;

/// Device and inode of a regular file; nothing for what is not there, for folders and for devices.
std::optional<FileId> file_id(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

bool is_special(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

std::string place_of(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  return error ? path : whole.string();
}

}  // namespace

void check_outputs(const std::vector<NamedOutput>& outputs, const std::vector<std::string>& inputs) {
  std::map<std::string, std::string> places;  // of outputs, to the option that names it
  std::map<FileId, const NamedOutput*> there;
  for (const NamedOutput& output : outputs) {
    if (output.path.empty() || output.path == "-" || is_special(output.path)) continue;
    const auto [other, is_new] = places.emplace(place_of(output.path), output.option);
    if (!is_new)
      throw UsageError(output.path, "is the output of " + other->second + " and of " + output.option,
                       "give one of them another name");
    if (const auto id = file_id(output.path)) there.emplace(*id, &output);
    const fs::path folder = fs::path(output.path).parent_path();
    std::error_code error;
    if (!output.makes_folder && !folder.empty() && !fs::is_directory(folder, error))
      throw UsageError(output.option + " " + output.path, "there is no folder " + folder.string(), "make it first");
  }
  if (there.empty()) return;
  for (const std::string& input : inputs) {
    if (input.empty() || input == "-") continue;
    const auto id = file_id(input);
    if (!id) continue;
    if (const auto hit = there.find(*id); hit != there.end())
      throw UsageError(hit->second->option + " " + hit->second->path, "is an input of this run",
                       "it would be lost: give another name");
  }
}

void check_make_names(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs) {
  try {
    (void)store::make_rules(outputs, inputs);
  } catch (const DataError& error) {
    throw UsageError(error.place(), error.finding(), error.hint());
  }
}

}  // namespace vs::jobs
