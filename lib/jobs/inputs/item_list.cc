#include "lib/jobs/inputs/item_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "lib/annot/format.h"
#include "lib/annot/read.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/jobs/inputs/folder_search.h"
#include "lib/jobs/inputs/named_input.h"
#include "lib/store/h5.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

// The kind of vs's HDF5 file, such as "vs.frames"; empty for anything else.
std::string schema_of(const std::string& path) {
  const store::H5File file = store::H5File::open(path);
  if (!file.has_attribute("/", "schema")) return {};
  const std::string schema = file.read_text("/", "schema");
  return schema.substr(0, schema.find('/'));
}

std::optional<annot::Format> format_from(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (const auto format = annot::format_of(name)) return format;
  const auto nearest = nearest_word(name, annot::format_names());
  throw UsageError("--from " + name, "is not a format",
                   nearest ? "nearest is " + *nearest : join(annot::format_names(), ", "));
}

/// Names are written into JSON and HDF5 files, which hold UTF-8 only; changed ones would match nothing, or each other.
std::string fault_of_path(const std::string& path) {
  if (is_valid_utf8(path)) return {};
  const bool own = !is_valid_utf8(fs::path(path).filename().string());
  return std::string(own ? "file name" : "the name of a folder above it") +
         " is not UTF-8; rename it (convmv -f latin1 -t utf8)";
}

class Collector {
 public:
  Collector(const InputOptions& options, const InputFilter& filter, Log& log)
      : options_(options), filter_(filter), log_(log) {}

  void add_path(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      const std::vector<FoundVideo> found = search_folder(path, filter_.frame_folders, log_);
      if (found.empty())
        log_.warning(path + (filter_.frame_folders ? ": no videos or frames in it" : ": no videos in it"));
      for (const FoundVideo& video : found) add(video.path, video.is_folder, video.levels);
    } else if ((filter_.packs || filter_.motion_file) && is_hdf5_name(path) && fs::is_regular_file(path, error)) {
      add_hdf5(path);
    } else if (filter_.motion_file && is_json_name(path)) {
      set_motion_file(path);
    } else {
      add(path, false, 0);
    }
  }

  void add_list(const std::string& list) {
    const std::string text =
        list == "-" ? read_standard_input() : read_named_input("--list", [&] { return read_file(list); });
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    std::string_view lines = text;
    if (lines.starts_with(kByteOrderMark)) lines.remove_prefix(kByteOrderMark.size());
    int64_t number = 0;
    for (std::string_view line : split(lines, '\n')) {
      ++number;
      if (line.find('\0') != std::string_view::npos)
        throw UsageError(fmt::format("{}:{}", list, number), "holds a NUL byte, which no path can",
                         "give a text file with one path a line");
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!trim(line).empty()) add_path(std::string(line));
    }
  }

  void add_annotations() {
    annot::ReadOptions how;
    how.data_prefix = options_.data_prefix;
    const auto format = format_from(options_.annotation_format);
    const annot::ReadResult read =
        read_named_input("--annotations", [&] { return annot::read_annotations(options_.annotations, format, how); });
    const bool folders = read.set.media == annot::Media::kFrames;
    if (read.set.media == annot::Media::kNames || (folders && !filter_.frame_folders)) {
      throw UsageError("--annotations " + options_.annotations,
                       fmt::format("is of format {}, which names no {}", annot::name_of(read.format),
                                   filter_.frame_folders ? "files" : "video files"),
                       "convert it with vs-annot, or give a list of files");
    }
    for (const auto& item : read.set.items) add(item.path, folders, 0);
  }

  ItemList take() { return std::move(found_); }

 private:
  void add(const std::string& path, bool is_folder, int64_t levels) {
    if (!seen_.insert(path).second) return;
    found_.items.push_back(
        {item_id(path, is_folder, options_.levels.value_or(levels), options_.names), path, fault_of_path(path)});
  }

  void add_hdf5(const std::string& path) {
    const std::string schema = schema_of(path);
    if (schema == "vs.motion" && filter_.motion_file) return set_motion_file(path);
    if (schema != "vs.frames" || !filter_.packs) {
      throw DataError(path, "is neither a frames pack nor a motion file", "give videos, or files made by vs");
    }
    if (!seen_.insert(path).second) return;
    const auto pack = std::make_shared<const store::FramesFile>(path);
    found_.packs.emplace(path, pack);
    for (const auto& id : pack->video_ids()) found_.items.push_back({id, path, fault_of_path(path)});
  }

  void set_motion_file(const std::string& path) {
    if (!found_.motion_file.empty() && found_.motion_file != path) {
      throw UsageError(path, "is a second motion file", "give one at a time");
    }
    found_.motion_file = path;
  }

  const InputOptions& options_;
  const InputFilter& filter_;
  Log& log_;
  ItemList found_;
  std::set<std::string> seen_;
};

}  // namespace

bool is_hdf5_name(const std::string& path) { return path.ends_with(".h5") || path.ends_with(".hdf5"); }
bool is_json_name(const std::string& path) { return path.ends_with(".json"); }

std::string item_id(const std::string& path, bool is_folder, int64_t levels, NameSource names) {
  const fs::path whole = fs::path(path).lexically_normal();
  fs::path last = whole.has_filename() ? whole : whole.parent_path();  // "frames/" is "frames"
  if (last.empty() || last.filename() == "." || last.filename() == "..") last = fs::weakly_canonical(last);
  std::string id = (is_folder || names == NameSource::kFile ? last.filename() : last.stem()).string();
  fs::path folder = last.parent_path();
  for (int64_t i = 0; i < levels && folder.has_filename(); ++i, folder = folder.parent_path()) {
    const std::string name = folder.filename().string();
    if (name == "." || name == "..") break;
    id.insert(0, name + "/");
  }
  return id;
}

ItemList collect_item_list(const InputOptions& options, const InputFilter& filter, Log& log) {
  // A name on the command line can be mended at once; a line of a list is one of many, and its item fails.
  std::error_code error;
  for (const std::string& path : options.paths) {
    if (!fs::exists(path, error)) throw UsageError(path, "no such file or folder");
  }
  Collector collector(options, filter, log);
  for (const std::string& path : options.paths) collector.add_path(path);
  if (!options.list.empty()) collector.add_list(options.list);
  if (!options.annotations.empty()) collector.add_annotations();
  ItemList list = collector.take();
  if (!list.motion_file.empty()) {
    if (!list.items.empty())
      throw UsageError(list.motion_file, "is a motion file beside other inputs", "give it alone");
    return list;
  }
  if (list.items.empty()) throw UsageError("VIDEO", "no videos were found", "name files, folders or a --list");
  for (const auto& item : list.items) {
    if (item.id.empty() || item.id == "." || item.id == "..") throw UsageError(item.path, "has no name of its own");
  }
  store::check_item_ids(list.items);
  return list;
}

std::vector<std::string> side_inputs(const InputOptions& options, const ItemList& list) {
  std::vector<std::string> paths;
  for (const std::string* path : {&options.list, &options.annotations, &list.motion_file}) {
    if (!path->empty() && *path != "-") paths.push_back(*path);
  }
  for (const auto& [path, pack] : list.packs) paths.push_back(path);
  return paths;
}

}  // namespace vs::jobs
