#include "lib/data/dataset_names.h"

#include <algorithm>
#include <filesystem>

namespace vs::data {

std::string without_suffix(const std::string& path) {
  const std::filesystem::path whole(path);
  return (whole.parent_path() / whole.stem()).string();
}

std::vector<std::string> lookup_names(const std::string& name) {
  std::filesystem::path whole = std::filesystem::path(name).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // "frames/a/" is "frames/a"
  std::vector<std::string> names;
  const auto add = [&](std::string candidate) {
    const bool known = std::find(names.begin(), names.end(), candidate) != names.end();
    if (!candidate.empty() && !known) names.push_back(std::move(candidate));
  };
  add(whole.string());
  add(without_suffix(whole.string()));
  add(whole.filename().string());
  add(whole.stem().string());
  return names;
}

}  // namespace vs::data
