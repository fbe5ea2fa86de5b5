#include "lib/annot/video_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace vs::annot {

bool has_video_extension(std::string_view path) {
  static constexpr std::array<std::string_view, 17> kExtensions = {"mp4",  "avi", "mkv", "webm", "mov", "mpg",
                                                                   "mpeg", "flv", "wmv", "m4v",  "3gp", "ts",
                                                                   "gif",  "ogv", "mts", "m2ts", "vob"};
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string extension(path.substr(dot + 1));
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

}  // namespace vs::annot
