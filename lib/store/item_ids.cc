// Names of items: what they may be, and that they lie apart.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/item_run.h"

namespace vs::store {
namespace {

namespace fs = std::filesystem;

/// Names of a folder's files that must fit behind its path.
constexpr size_t kRoomForFiles = 64;

[[noreturn]] void throw_same_name(const Item& item, const Item& other) {
  const fs::path path(item.path), other_path(other.path);
  std::string cure = "names of videos must differ within one output";
  if (path.filename() == other_path.filename()) {
    cure = "--levels N puts N folders above the file into the name";
  } else if (path.stem() == other_path.stem()) {
    cure = "--names file keeps the suffix in the name";
  }
  throw UsageError(item.path, fmt::format("has the same name \"{}\" as {}", printable(item.id), other.path), cure);
}

/// "a/b" of "a//b/": empty parts name no folder.
std::string folder_of_id(const std::string& id) {
  std::string folder;
  for (const auto part : split(id, '/')) {
    if (part.empty()) continue;
    if (!folder.empty()) folder += '/';
    folder += part;
  }
  return folder;
}

bool is_manifest_name(const std::string& folder) {
  return folder == "manifest.json" || (folder.starts_with("manifest-") && folder.ends_with(".json"));
}

/// Why the id can be no folder, whatever the output is; empty if it can.
std::string fault_of_name(const std::string& id) {
  const std::string folder = folder_of_id(id);
  if (folder.empty()) return "has no name for its folder";
  if (folder.starts_with('.') || folder.find("/.") != std::string::npos)
    return fmt::format(
        "would get the hidden folder \"{}\" (names beginning with a dot are kept for unfinished outputs)",
        printable(id));
  if (is_manifest_name(folder.substr(0, folder.find('/'))))
    return fmt::format("would get the folder \"{}\", where the manifest lies (give it another name)", printable(id));
  return {};
}

/// The longest name in the folder, or in what of the folders above it is there.
size_t longest_name(const std::string& folder) {
  std::error_code error;
  fs::path place = fs::absolute(folder, error);
  while (!fs::is_directory(place, error) && place != place.parent_path()) place = place.parent_path();
  const long most = ::pathconf(place.c_str(), _PC_NAME_MAX);
  return most > 0 ? static_cast<size_t>(most) : NAME_MAX;
}

std::string fault_of_length(const std::string& id, const std::string& output, size_t longest) {
  const std::string folder = folder_of_id(id);
  // While it is written the folder has a longer name.
  const size_t added = partial_name("x").size() - 1;
  const auto parts = split(folder, '/');
  for (const auto part : parts) {
    const size_t most = longest - (part.data() == parts.back().data() ? added : 0);
    if (part.size() > most)
      return fmt::format("its name is too long for a folder of the output: {} bytes of at most {} (rename it)",
                         part.size(), most);
  }
  const size_t whole = output.size() + 1 + folder.size() + added + kRoomForFiles;
  if (whole > PATH_MAX)
    return fmt::format("the path of its folder is too long: {} bytes of at most {} (use fewer --levels)",
                       output.size() + 1 + folder.size(), PATH_MAX - added - kRoomForFiles);
  return {};
}

}  // namespace

void check_item_ids(const std::vector<Item>& items) {
  std::unordered_map<std::string, const Item*> seen;
  for (const auto& item : items) {
    if (!item.fault.empty()) continue;
    const auto [at, fresh] = seen.emplace(item.id, &item);
    if (!fresh) throw_same_name(item, *at->second);
  }
}

std::vector<Item> with_folder_faults(std::vector<Item> items, const std::string& output,
                                     const std::vector<std::string>& own_names) {
  const size_t longest = longest_name(output);
  for (auto& item : items) {
    if (!item.fault.empty()) continue;
    item.fault = fault_of_name(item.id);
    if (item.fault.empty()) item.fault = fault_of_length(item.id, output, longest);
    const std::string folder = folder_of_id(item.id);
    if (item.fault.empty() &&
        std::find(own_names.begin(), own_names.end(), folder.substr(0, folder.find('/'))) != own_names.end())
      item.fault = fmt::format("would get the folder \"{}\", where a file of this run lies (give it another name)",
                               printable(item.id));
  }
  return items;
}

void check_folder_ids(const std::vector<Item>& items) {
  std::unordered_map<std::string, const Item*> seen;
  for (const auto& item : items) {
    if (!item.fault.empty()) continue;
    if (auto fault = fault_of_name(item.id); !fault.empty()) throw UsageError(item.path, std::move(fault));
    const auto [at, fresh] = seen.emplace(folder_of_id(item.id), &item);
    if (!fresh) throw_same_name(item, *at->second);
  }
  for (const auto& item : items) {
    if (!item.fault.empty()) continue;
    const std::string folder = folder_of_id(item.id);
    for (size_t slash = folder.find('/'); slash != std::string::npos; slash = folder.find('/', slash + 1)) {
      const auto outer = seen.find(folder.substr(0, slash));
      if (outer == seen.end()) continue;
      throw UsageError(item.path,
                       fmt::format("its folder \"{}\" would lie in \"{}\", that of {}", printable(item.id),
                                   printable(outer->second->id), outer->second->path),
                       "the folder of one video must not hold that of another");
    }
  }
}

}  // namespace vs::store
