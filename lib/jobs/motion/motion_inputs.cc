#include "lib/jobs/motion/motion_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
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
#include "lib/store/frames_file.h"
#include "lib/store/h5.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

bool is_picture_name(const fs::path& path) {
  const std::string suffix = path.extension().string();
  return suffix == ".jpg" || suffix == ".jpeg" || suffix == ".png" || suffix == ".JPG" || suffix == ".JPEG" ||
         suffix == ".PNG";
}

bool is_hdf5_name(const std::string& path) { return path.ends_with(".h5") || path.ends_with(".hdf5"); }

// The kind of vs's HDF5 file, such as "vs.frames"; empty for anything else.
std::string schema_of(const std::string& path) {
  const store::H5File file = store::H5File::open(path);
  if (!file.has_attribute("/", "schema")) return {};
  const std::string schema = file.read_text("/", "schema");
  return schema.substr(0, schema.find('/'));
}

std::string id_of(const fs::path& whole, bool is_folder, int64_t levels) {
  const fs::path path = whole.lexically_normal();
  fs::path last = path.has_filename() ? path : path.parent_path();  // "frames/" is "frames"
  if (last.empty() || last.filename() == "." || last.filename() == "..") last = fs::weakly_canonical(last);
  std::string id = (is_folder ? last.filename() : last.stem()).string();
  fs::path folder = last.parent_path();
  for (int64_t i = 0; i < levels && folder.has_filename(); ++i, folder = folder.parent_path()) {
    const std::string name = folder.filename().string();
    if (name == "." || name == "..") break;
    id.insert(0, name + "/");
  }
  return id;
}

class Collector {
 public:
  Collector(const MotionOptions& options, Log& log) : options_(options), log_(log) {}

  void add(const std::string& path, bool is_folder, int64_t levels) {
    if (seen_.insert(path).second) {
      inputs_.items.push_back({id_of(path, is_folder, options_.levels.value_or(levels)), path});
    }
  }

  void add_path(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      add_folder(path);
    } else if (is_hdf5_name(path) && fs::is_regular_file(path, error)) {
      add_hdf5(path);
    } else if (path.ends_with(".json")) {
      set_motion_file(path);
    } else {
      add(path, false, 0);
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
    if (read.set.media == annot::Media::kNames) {
      throw DataError(options_.annotations,
                      fmt::format("is of format {}, which names no files", annot::name_of(read.format)),
                      "convert it with vs-annot, or give a list of files");
    }
    const bool folders = read.set.media == annot::Media::kFrames;
    for (const auto& item : read.set.items) add(item.path, folders, 0);
  }

  MotionInputs take() { return std::move(inputs_); }

 private:
  struct Found {
    std::string path;
    bool is_folder;
    int64_t depth;
    bool operator<(const Found& other) const { return path < other.path; }
  };

  void add_folder(const std::string& folder) {
    std::set<Found> found;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error), end;
    while (!error && entry != end) {
      throw_if_cancelled();
      const fs::path& path = entry->path();
      const bool hidden = path.filename().string().starts_with('.');
      if (entry->is_directory(error)) {
        if (hidden) entry.disable_recursion_pending();
      } else if (!hidden && is_picture_name(path)) {
        found.insert({path.parent_path().string(), true, std::max<int64_t>(entry.depth() - 1, 0)});
      } else if (!hidden && annot::has_video_extension(path.string())) {
        found.insert({path.string(), false, entry.depth()});
      } else if (!hidden) {
        log_.detail(path.string() + ": neither video nor picture by its name, left out");
      }
      entry.increment(error);
    }
    if (error) throw DataError(folder, "cannot be searched: " + error.message());
    if (found.empty()) log_.warning(folder + ": no videos or frames in it");
    for (const auto& one : found) add(one.path, one.is_folder, one.depth);
  }

  void add_hdf5(const std::string& path) {
    const std::string schema = schema_of(path);
    if (schema == "vs.motion") return set_motion_file(path);
    if (schema != "vs.frames") {
      throw DataError(path, "is neither a frames pack nor a motion file", "give videos, or files made by vs");
    }
    if (!seen_.insert(path).second) return;
    inputs_.packs.push_back(path);
    const store::FramesFile pack(path);
    for (const auto& id : pack.video_ids()) inputs_.items.push_back({id, path});
  }

  void set_motion_file(const std::string& path) {
    if (!inputs_.motion_file.empty() && inputs_.motion_file != path) {
      throw UsageError(path, "is a second motion file", "give one at a time");
    }
    inputs_.motion_file = path;
  }

  const MotionOptions& options_;
  Log& log_;
  MotionInputs inputs_;
  std::set<std::string> seen_;
};

}  // namespace

MotionInputs collect_motion_inputs(const MotionOptions& options, Log& log) {
  Collector collector(options, log);
  for (const std::string& path : options.paths) collector.add_path(path);
  if (!options.list.empty()) collector.add_list(options.list);
  if (!options.annotations.empty()) collector.add_annotations();
  MotionInputs inputs = collector.take();
  if (!inputs.motion_file.empty()) {
    if (!inputs.items.empty()) {
      throw UsageError(inputs.motion_file, "is a motion file beside other inputs", "give it alone");
    }
    return inputs;
  }
  if (inputs.items.empty()) throw UsageError("VIDEO", "no videos were found", "name files, folders or a --list");
  for (const auto& item : inputs.items) {
    if (item.id.empty() || item.id == "." || item.id == "..") throw UsageError(item.path, "has no name of its own");
  }
  store::check_item_ids(inputs.items);
  return inputs;
}

OpenedItem how_to_open(const store::Item& item, const MotionOptions& options) {
  OpenedItem opened;
  opened.kind = media::source_kind(item.path);
  opened.options.name_template = options.name_template;
  if (opened.kind == media::SourceKind::kPack) opened.options.video_id = item.id;
  return opened;
}

}  // namespace vs::jobs
