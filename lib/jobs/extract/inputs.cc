#include "lib/jobs/extract/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "lib/annot/format.h"
#include "lib/annot/read.h"
#include "lib/annot/video_names.h"
#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

class Collector {
 public:
  Collector(const ExtractOptions& options, Log& log) : options_(options), log_(log) {}

  void add(const std::string& path, int64_t levels) {
    if (seen_.insert(path).second) items_.push_back({item_id(path, options_.levels.value_or(levels)), path});
  }

  void add_folder(const std::string& folder) {
    std::vector<std::pair<std::string, int64_t>> found;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error), end;
    while (!error && entry != end) {
      throw_if_cancelled();
      const fs::path& path = entry->path();
      const bool hidden = path.filename().string().starts_with('.');
      if (entry->is_directory(error)) {
        if (hidden) entry.disable_recursion_pending();
      } else if (!hidden && entry->is_regular_file(error)) {
        if (annot::has_video_extension(path.string())) {
          found.emplace_back(path.string(), entry.depth());
        } else {
          log_.detail(path.string() + ": not by its name a video, left out");
        }
      }
      entry.increment(error);
    }
    if (error) throw DataError(folder, "cannot be searched: " + error.message());
    if (found.empty()) log_.warning(folder + ": no videos in it");
    std::sort(found.begin(), found.end());
    for (const auto& [path, depth] : found) add(path, depth);
  }

  void add_path(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      add_folder(path);
    } else {
      add(path, 0);
    }
  }

  void add_list(const std::string& list) {
    const std::string text = list == "-" ? read_standard_input() : read_file(list);
    for (std::string_view line : split(text, '\n')) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!trim(line).empty()) add_path(std::string(line));
    }
  }

  void add_annotations() {
    std::optional<annot::Format> format;
    if (!options_.annotation_format.empty()) {
      format = annot::format_of(options_.annotation_format);
      if (!format) {
        const auto nearest = nearest_word(options_.annotation_format, annot::format_names());
        throw UsageError("--from " + options_.annotation_format, "is not a format",
                         nearest ? "nearest is " + *nearest : join(annot::format_names(), ", "));
      }
    }
    annot::ReadOptions how;
    how.data_prefix = options_.data_prefix;
    const annot::ReadResult read = annot::read_annotations(options_.annotations, format, how);
    if (read.set.media != annot::Media::kVideos) {
      throw DataError(options_.annotations,
                      fmt::format("is of format {}, which names no video files", annot::name_of(read.format)),
                      "convert it with vs-annot, or give a list of files");
    }
    for (const auto& item : read.set.items) add(item.path, 0);
  }

  std::vector<store::Item> take() { return std::move(items_); }

 private:
  const ExtractOptions& options_;
  Log& log_;
  std::vector<store::Item> items_;
  std::set<std::string> seen_;
};

}  // namespace

std::string item_id(const std::string& path, int64_t levels) {
  const fs::path whole = fs::path(path).lexically_normal();
  std::string id = whole.stem().string();
  fs::path folder = whole.parent_path();
  for (int64_t i = 0; i < levels && folder.has_filename(); ++i, folder = folder.parent_path()) {
    const std::string name = folder.filename().string();
    if (name == "." || name == "..") break;
    id.insert(0, name + "/");
  }
  return id;
}

std::vector<store::Item> collect_items(const ExtractOptions& options, Log& log) {
  Collector collector(options, log);
  for (const std::string& path : options.paths) collector.add_path(path);
  if (!options.list.empty()) collector.add_list(options.list);
  if (!options.annotations.empty()) collector.add_annotations();
  std::vector<store::Item> items = collector.take();
  if (items.empty()) throw UsageError("VIDEO", "no videos were found");
  for (const auto& item : items) {
    if (item.id.empty() || item.id == "." || item.id == "..") throw UsageError(item.path, "has no name for its frames");
  }
  store::check_item_ids(items);
  return items;
}

}  // namespace vs::jobs
