// Where share/ is: schemas, label maps, recipes.
#pragma once

#include <string>

namespace vs::store {

/// Path of a file of share/, such as "schemas/manifest.schema.json". Looks in $VS_SHARE, then ../share/vs beside the
/// running program's folder, then the place it was installed to, then the source tree it was built from. Throws
/// RunError, naming the places looked at, if it is nowhere.
std::string find_share(const std::string& relative);

}  // namespace vs::store
