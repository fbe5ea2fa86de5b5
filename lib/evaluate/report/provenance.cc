#include "lib/evaluate/report/provenance.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <span>

#include "lib/core/sha256.h"

namespace vs::evaluate {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMostFilesNamed = 8;

/// The path as seen from the working folder, if it lies in it.
std::string seen_from_here(const std::string& path) {
  const fs::path relative = fs::path(path).lexically_relative(fs::current_path());
  return relative.empty() || *relative.begin() == ".." ? path : relative.string();
}

SourceGroup group_of(const std::string& folder, const std::vector<jobs::TracedSource>& files) {
  SourceGroup group{.name = folder + "/", .num_files = files.size(), .size = 0, .sha256 = {}};
  std::vector<std::string> lines;
  for (const auto& file : files) {
    group.size += file.size;
    lines.push_back(fs::path(file.path).filename().string() + '\n' + file.sha256);
  }
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  for (const auto& line : lines) {
    const size_t end = line.find('\n');
    const std::string text = line.substr(end + 1) + "  " + line.substr(0, end) + '\n';
    hash.update(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
  }
  group.sha256 = hash.finish();
  return group;
}

}  // namespace

std::vector<SourceGroup> grouped_sources(const std::vector<jobs::TracedSource>& sources) {
  std::map<std::string, std::vector<jobs::TracedSource>> folders;
  for (const auto& source : sources) {
    const std::string path = seen_from_here(source.path);
    folders[fs::path(path).parent_path().string()].push_back({path, source.sha256, source.size});
  }
  std::vector<SourceGroup> groups;
  for (const auto& [folder, files] : folders) {
    if (files.size() > kMostFilesNamed) {
      groups.push_back(group_of(folder, files));
    } else {
      for (const auto& file : files) groups.push_back({file.path, 1, file.size, file.sha256});
    }
  }
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return groups;
}

std::string relative_folder(const jobs::TracedCommand& command) {
  if (command.folder.empty()) return {};
  const std::string folder = seen_from_here(command.folder);
  return folder == "." ? std::string() : folder;
}

}  // namespace vs::evaluate
