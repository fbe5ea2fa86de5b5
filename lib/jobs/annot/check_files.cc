#include "lib/jobs/annot/check_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

/// Names in a folder, sorted, hidden ones left out.
std::vector<std::string> names_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (!name.starts_with('.')) names.push_back(std::move(name));
  }
  if (error) throw DataError(folder, "folder cannot be read: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

/// The template of a folder's frames: the one given, or that of the first name with the prefix, or of any numbered
/// name.
std::optional<FileTemplate> template_of(const std::vector<std::string>& names, const FileCheckOptions& options) {
  if (options.name_template) return options.name_template;
  std::vector<std::string> with_prefix;
  std::copy_if(names.begin(), names.end(), std::back_inserter(with_prefix),
               [&](const std::string& name) { return name.starts_with(options.frame_prefix); });
  const auto found = find_template(with_prefix.empty() ? names : with_prefix);
  if (!found) return std::nullopt;
  return FileTemplate::parse(found->text);
}

}  // namespace

std::vector<FileFinding> check_video_file(const std::string& path, const FileCheckOptions& options) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {{true, "missing", "no such file"}};
  const media::VideoProbe probe = media::probe_video(path, options.depth);
  std::vector<FileFinding> findings;
  const bool usable = probe.state == media::VideoState::kOk || probe.state == media::VideoState::kDecodesWithErrors;
  if (!usable)
    return {{true, media::video_state_name(probe.state), probe.reason.empty() ? "cannot be decoded" : probe.reason}};
  const int64_t promised = probe.info.header_frames, decodable = probe.decodable_frames;
  if (promised >= 0 && decodable >= 0 && decodable < promised) {
    findings.push_back(
        {!options.allow_short, "short", fmt::format("{} frames promised, {} decodable", promised, decodable)});
  } else if (promised > 0 && decodable > promised) {
    findings.push_back({false, "longer", fmt::format("{} frames promised, {} decodable", promised, decodable)});
  }
  if (probe.state == media::VideoState::kDecodesWithErrors) {
    findings.push_back({!options.allow_short, "damaged", probe.reason.empty() ? "decodes with errors" : probe.reason});
  }
  return findings;
}

std::vector<FileFinding> check_frame_folder(const std::string& path, int64_t needed, const FileCheckOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    return {{true, "missing", fs::exists(path, ignored) ? "is no folder" : "no such folder"}};
  }
  const auto names = names_in(path);
  const auto name_template = template_of(names, options);
  std::vector<int64_t> numbers;
  for (const std::string& name : names) {
    if (const auto number = name_template ? name_template->number_of(name) : std::nullopt) numbers.push_back(*number);
  }
  if (numbers.empty()) {
    return {{true, "no_frames",
             name_template ? fmt::format("no frame named {} in it", name_template->text()) : "no frame in it"}};
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  const int64_t start = options.start_index >= 0 ? options.start_index : numbers.front() == 0 ? 0 : 1;
  numbers.erase(numbers.begin(), std::lower_bound(numbers.begin(), numbers.end(), start));
  // In a row of distinct numbers the first one off its place is behind the first gap.
  int64_t in_row = 0;
  while (in_row < static_cast<int64_t>(numbers.size()) && numbers[static_cast<size_t>(in_row)] == start + in_row)
    ++in_row;
  const auto there = static_cast<int64_t>(numbers.size());
  if (in_row < needed) {
    const bool gap = there > in_row;
    return {{!options.allow_short, gap ? "gap" : "short",
             fmt::format("{} frames listed, {} there, {} is not", needed, there, name_template->name(start + in_row))}};
  }
  if (there > needed) return {{false, "longer", fmt::format("{} frames listed, {} there", needed, there)}};
  return {};
}

}  // namespace vs::jobs
