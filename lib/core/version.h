// What this build is.
#pragma once

#include <string>

namespace vs {

std::string version();                 ///< such as "0.1.0"
std::string build_description();       ///< compiler and build type
std::string openssl_version();         ///< of the library in use
std::string source_share_folder();     ///< share/ of the source tree this was built from
std::string installed_share_folder();  ///< share/vs below the install prefix

}  // namespace vs
