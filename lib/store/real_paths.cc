#include "lib/store/real_paths.h"

#include <system_error>

namespace vs::store {

namespace fs = std::filesystem;

std::string resolved_path(const fs::path& path) {
  std::error_code code;
  const fs::path absolute = fs::absolute(path.empty() ? fs::path(".") : path, code);
  const fs::path real = fs::weakly_canonical(absolute, code);
  return (code ? absolute.lexically_normal() : real).string();
}

std::string RealPaths::of(const std::string& path) {
  if (path.empty() || path == "-") return path;
  fs::path plain = path;
  while ((!plain.has_filename() || plain.filename() == ".") && plain != plain.parent_path())
    plain = plain.parent_path();
  const std::string name = plain.filename().string();
  if (name.empty() || name == "." || name == "..") return resolved_path(plain);
  return (fs::path(folder(plain.parent_path().string())) / name).string();
}

const std::string& RealPaths::folder(const std::string& path) {
  const auto [at, fresh] = folders_.try_emplace(path);
  if (fresh) at->second = resolved_path(path);
  return at->second;
}

}  // namespace vs::store
