#include "lib/core/version.h"

#include <vs_build_info.h>

namespace vs {

std::string version() { return VS_VERSION; }
std::string build_description() { return VS_BUILD; }
std::string source_share_folder() { return VS_SHARE_SOURCE; }
std::string installed_share_folder() { return VS_SHARE_INSTALLED; }

}  // namespace vs
