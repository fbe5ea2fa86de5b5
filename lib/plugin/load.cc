#include "lib/plugin/load.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/version.h"

namespace vs::plugin {
namespace {

namespace fs = std::filesystem;
constexpr const char* kFile = "libvsnn.so";
constexpr const char* kBelowPrefix = "lib/vs";

/// dlerror() in one line.
std::string loader_words() {
  const char* words = ::dlerror();
  return words ? printable(words) : "unknown failure";
}

const FeaturePlugin& load(const std::string& path, const std::string& needed_by) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw RunError(needed_by, fmt::format("{} cannot be loaded: {}", path, loader_words()));
  const auto entry = reinterpret_cast<PluginEntry>(::dlsym(library, kEntryName));
  const PluginTable* table = entry ? entry() : nullptr;
  if (!table) throw RunError(needed_by, fmt::format("{} is no library of networks of vs", path));
  if (table->interface_version != kInterfaceVersion || version() != table->program_version) {
    throw RunError(
        needed_by,
        fmt::format("{} is of vs {} (interface {}), this program of vs {} (interface {})", path,
                    printable(table->program_version), table->interface_version, version(), kInterfaceVersion),
        "install program and library together");
  }
  return *table->features;
}

}  // namespace

std::vector<std::string> plugin_folders() {
  std::vector<std::string> folders;
  const char* chosen = std::getenv("VS_PLUGIN_DIR");
  if (chosen && *chosen) folders.emplace_back(chosen);
  std::error_code code;
  const auto program = fs::read_symlink("/proc/self/exe", code);
  if (!code) {
    folders.push_back(program.parent_path().string());
    folders.push_back((program.parent_path().parent_path() / kBelowPrefix).string());
  }
  const std::string installed =
      (fs::path(installed_share_folder()).parent_path().parent_path() / kBelowPrefix).string();
  if (folders.empty() || folders.back() != installed) folders.push_back(installed);
  return folders;
}

const FeaturePlugin& load_feature_plugin(const std::string& needed_by) {
  return load_feature_plugin(needed_by, plugin_folders());
}

const FeaturePlugin& load_feature_plugin(const std::string& needed_by, const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    std::error_code code;
    const fs::path path = fs::path(folder) / kFile;
    if (fs::exists(path, code)) return load(path.string(), needed_by);
  }
  throw RunError(needed_by, fmt::format("needs {}, which is not in {}", kFile, join(folders, ", ")),
                 "install it, or set VS_PLUGIN_DIR to its folder");
}

}  // namespace vs::plugin
