// Where paths really lie, however they are spelt.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>

namespace vs::store {

/// Real places of many paths. Folders are looked up once: many paths share one.
class RealPaths {
 public:
  /// The absolute path of the name itself: the folders above it resolved, the name kept even where it is a link. "a/b/"
  /// and "a/b/." are "a/b". "" and "-" stay.
  std::string of(const std::string& path);
  /// The folder with all links followed; parts that are not there stay as they are.
  const std::string& folder(const std::string& path);

 private:
  std::unordered_map<std::string, std::string> folders_;
};

/// The whole path, every link followed; parts that are not there stay as they are.
std::string resolved_path(const std::filesystem::path& path);

}  // namespace vs::store
