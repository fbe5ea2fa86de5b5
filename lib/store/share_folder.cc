#include "lib/store/share_folder.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/version.h"

namespace vs::store {

std::string find_share(const std::string& relative) {
  std::vector<std::string> folders;
  const char* chosen = std::getenv("VS_SHARE");
  if (chosen && *chosen) folders.emplace_back(chosen);
  std::error_code code;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", code);
  if (!code) folders.push_back((program.parent_path().parent_path() / "share" / "vs").string());
  folders.push_back(installed_share_folder());
  folders.push_back(source_share_folder());
  for (const auto& folder : folders) {
    const auto path = std::filesystem::path(folder) / relative;
    if (std::filesystem::exists(path, code)) return path.string();
  }
  throw RunError("share/" + relative, "not found in " + join(folders, ", "),
                 "set VS_SHARE to the folder that holds it");
}

}  // namespace vs::store
