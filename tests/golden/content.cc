#include "tests/golden/content.h"

#include <algorithm>

namespace vs::golden {

bool Content::has_text(const std::string& name) const {
  const auto names = text_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::unique_ptr<Content> open_content(const std::string& path) {
  return is_packed(path) ? open_packed(path) : open_hdf5(path);
}

}  // namespace vs::golden
