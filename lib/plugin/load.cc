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
constexpr const char* kBelowPrefix = "lib/vs";

/// A library, and what to do where it is missing or what it needs is.
struct Library {
  const char* file;
  const char* how_to_get;
  const char* how_to_load;
  const char* driver;  ///< the machine's own part, without which loading it is of no use; null: none
};
constexpr Library kNetworks{"libvsnn.so", "install it, or set VS_PLUGIN_DIR to its folder", "", nullptr};
constexpr Library kCuda{
    "libvscuda.so", "it is built where nvcc is (VS_CUDA=ON says why not); --device cpu does without",
    "share/fetch-libtorch.sh --cuda brings the libraries of CUDA; --device cpu does without", "libcuda.so.1"};

/// dlerror() in one line.
std::string loader_words() {
  const char* words = ::dlerror();
  return words ? printable(words) : "unknown failure";
}

const PluginTable& load(const Library& library, const std::string& path, const std::string& needed_by) {
  if (library.driver && !::dlopen(library.driver, RTLD_LAZY | RTLD_LOCAL)) {
    throw RunError(needed_by, fmt::format("no GPU can be used: NVIDIA's driver is not there ({})", library.driver),
                   "--device cpu does without");
  }
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    throw RunError(needed_by, fmt::format("{} cannot be loaded: {}", path, loader_words()), library.how_to_load);
  }
  const auto entry = reinterpret_cast<PluginEntry>(::dlsym(handle, kEntryName));
  const PluginTable* table = entry ? entry() : nullptr;
  if (!table) throw RunError(needed_by, fmt::format("{} is no library of vs", path));
  if (table->interface_version != kInterfaceVersion || version() != table->program_version) {
    throw RunError(
        needed_by,
        fmt::format("{} is of vs {} (interface {}), this program of vs {} (interface {})", path,
                    printable(table->program_version), table->interface_version, version(), kInterfaceVersion),
        "install program and library together");
  }
  return *table;
}

const PluginTable& find_and_load(const Library& library, const std::string& needed_by,
                                 const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    std::error_code code;
    const fs::path path = fs::path(folder) / library.file;
    if (fs::exists(path, code)) return load(library, path.string(), needed_by);
  }
  throw RunError(needed_by, fmt::format("needs {}, which is not in {}", library.file, join(folders, ", ")),
                 library.how_to_get);
}

template <class Part>
Part& required(Part* part, const Library& library, const std::string& needed_by) {
  if (!part) throw RunError(needed_by, fmt::format("{} is another library of vs", library.file));
  return *part;
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

const FeaturePlugin& load_feature_plugin(const std::string& needed_by, const std::vector<std::string>& folders) {
  return required(find_and_load(kNetworks, needed_by, folders).features, kNetworks, needed_by);
}

const nn::DeviceBackend& load_device_backend(const std::string& needed_by, const std::vector<std::string>& folders) {
  return required(find_and_load(kCuda, needed_by, folders).device, kCuda, needed_by);
}

const motion::DeviceMotionMaker& load_device_motion(const std::string& needed_by,
                                                    const std::vector<std::string>& folders) {
  return required(find_and_load(kCuda, needed_by, folders).motion, kCuda, needed_by);
}

const media::DevicePicturesMaker& load_device_pictures(const std::string& needed_by,
                                                       const std::vector<std::string>& folders) {
  return required(find_and_load(kCuda, needed_by, folders).pictures, kCuda, needed_by);
}

}  // namespace vs::plugin
