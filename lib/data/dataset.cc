#include "lib/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "lib/annot/annotations_file.h"
#include "lib/annot/video_names.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/data/dataset_names.h"
#include "lib/media/open_source.h"
#include "lib/store/annotations_file.h"

namespace vs::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kListedMissing = 8;

std::string place_of(const std::string& file, int64_t line) {
  return line > 0 ? fmt::format("{}:{}", file, line) : file;
}

std::vector<std::size_t> records_of_split(const std::string& file, const annot::AnnotationSet& set,
                                          const std::string& split) {
  std::vector<std::size_t> chosen;
  std::set<std::string> splits;
  for (std::size_t i = 0; i < set.items.size(); ++i) {
    if (split.empty() || set.items[i].split == split) chosen.push_back(i);
    splits.insert(set.items[i].split.empty() ? "none said" : set.items[i].split);
  }
  if (set.items.empty()) throw DataError(file, "has no records", "at least one video is needed");
  if (chosen.empty()) {
    throw DataError(file, fmt::format("no video of split \"{}\"", printable(split)),
                    "it has: " + join({splits.begin(), splits.end()}, ", "));
  }
  return chosen;
}

/// Labels against the number of classes. Sets num_classes.
void check_labels(Dataset& data, int64_t annotated_classes, const DatasetOptions& options) {
  const std::string& file = data.annotations;
  const auto names = static_cast<int64_t>(data.classes.size());
  if (options.num_classes > 0 && names > 0 && names != options.num_classes) {
    throw DataError(file, fmt::format("has {} classes, the network has {}", names, options.num_classes),
                    "they belong to different datasets");
  }
  int32_t lowest = std::numeric_limits<int32_t>::max(), highest = -1;
  const DataItem* highest_item = nullptr;
  for (const DataItem& item : data.items) {
    if (item.labels.empty() && options.labels_needed) {
      throw DataError(place_of(file, item.line), fmt::format("\"{}\" has no label", printable(item.name)),
                      "give a labelled list");
    }
    data.multi_label = data.multi_label || item.labels.size() > 1;
    for (const int32_t label : item.labels) {
      if (label < 0) throw DataError(place_of(file, item.line), fmt::format("label {} is below 0", label));
      lowest = std::min(lowest, label);
      if (label > highest) {
        highest = label;
        highest_item = &item;
      }
    }
  }
  data.num_classes = options.num_classes > 0 ? options.num_classes : names > 0 ? names : annotated_classes;
  if (data.num_classes <= 0) data.num_classes = int64_t{highest} + 1;
  const bool from_one = lowest == 1 && highest == data.num_classes;
  if (highest_item && highest >= data.num_classes) {
    throw DataError(
        place_of(file, highest_item->line),
        fmt::format("label {} with {} classes, 0 to {} fit", highest, data.num_classes, data.num_classes - 1),
        from_one ? "labels seem to start at 1" : "the list seems to belong to another dataset");
  }
  if (highest_item && lowest > 0 && highest == data.num_classes - 1 && options.num_classes <= 0 && names == 0) {
    data.warnings.push_back(
        fmt::format("{}: no video has label 0, the lowest is {}; do labels start at 1?", file, lowest));
  }
}

/// Names items that would share an id apart.
void make_ids_differ(std::vector<DataItem>& items) {
  std::unordered_map<std::string, int64_t> seen;
  for (const DataItem& item : items) seen.emplace(item.id, 0);
  for (DataItem& item : items) {
    int64_t& count = seen[item.id];
    if (++count == 1) continue;
    std::string id;
    for (; id.empty() || seen.contains(id); ++count) id = fmt::format("{}#{}", item.id, count);
    --count;
    seen.emplace(id, 1);
    item.id = std::move(id);
  }
}

/// Finds videos below a root.
class Finder {
 public:
  explicit Finder(const DatasetOptions& options) : options_(options) {
    if (options.root.empty() || media::source_kind(options.root) != media::SourceKind::kPack) return;
    pack_ = std::make_shared<const store::FramesFile>(options.root);
  }

  /// Sets path, kind and pack; false if nothing is there. path: as annotated; id: what else the video is called.
  bool find(const std::string& path, const std::string& id, VideoPlace& place) const {
    place.path = pack_ ? options_.root : below_root(path);
    if (pack_) return find_in_pack(path, id, place);
    if (look(place)) return true;
    // Paths of vs.annotations are relative to their file; what the video is called tells its place below a root.
    for (const std::string& name : {id + fs::path(path).extension().string(), id}) {
      VideoPlace other = place;
      other.path = below_root(name);
      if (!options_.root.empty() && !id.empty() && look(other)) {
        place = other;
        return true;
      }
    }
    return false;
  }

 private:
  std::string below_root(const std::string& path) const {
    if (options_.root.empty() || path.starts_with('/')) return path;
    return options_.root.ends_with('/') ? options_.root + path : options_.root + "/" + path;
  }

  bool look(VideoPlace& place) const {
    for (const std::string& path : {place.path, place.path + options_.suffix}) {
      std::error_code error;
      const fs::file_status status = fs::status(path, error);
      if (!fs::exists(status)) continue;
      place.path = path;
      place.kind = fs::is_directory(status)           ? media::SourceKind::kFolder
                   : annot::has_video_extension(path) ? media::SourceKind::kVideo
                                                      : media::source_kind(path);
      return true;
    }
    return false;
  }

  bool find_in_pack(const std::string& path, const std::string& id, VideoPlace& place) const {
    place.kind = media::SourceKind::kPack;
    place.pack = pack_;
    std::vector<std::string> names = lookup_names(path);
    if (!id.empty()) names.insert(names.begin(), id);
    for (const std::string& name : names) {
      place.pack_video = pack_->find(name);
      if (place.pack_video >= 0) return true;
    }
    return false;
  }

  const DatasetOptions& options_;
  std::shared_ptr<const store::FramesFile> pack_;
};

void refuse_missing(const Dataset& data, const DatasetOptions& options, std::size_t videos) {
  const bool all = data.missing.size() == videos;
  if (data.missing.empty() || (!all && options.missing != MissingVideos::kRefuse)) return;
  const std::string where = options.root.empty() ? "" : " below " + options.root;
  if (all) {
    throw DataError(data.annotations, fmt::format("none of its {} videos is there{}", videos, where),
                    fmt::format("the first is {}; name the folder or pack of the data", data.missing.front().path));
  }
  std::vector<std::string> listed;
  for (std::size_t i = 0; i < std::min(kListedMissing, data.missing.size()); ++i) {
    const MissingVideo& video = data.missing[i];
    listed.push_back(video.line > 0 ? fmt::format("{} (line {})", video.id, video.line) : video.id);
  }
  const std::size_t rest = data.missing.size() - listed.size();
  throw DataError(data.annotations,
                  fmt::format("{} of its {} videos are missing{}: {}{}", data.missing.size(), videos, where,
                              join(listed, ", "), rest > 0 ? fmt::format(" and {} more", rest) : ""),
                  "get them, or go on without them");
}

}  // namespace

Dataset make_dataset(const std::string& annotations, const annot::AnnotationSet& set,
                     const std::vector<std::string>& ids, const DatasetOptions& options) {
  Dataset data;
  data.annotations = annotations;
  data.classes = set.classes;
  const std::vector<std::size_t> records = records_of_split(annotations, set, options.split);
  for (const std::size_t record : records) {
    const annot::Annotation& from = set.items[record];
    DataItem item;
    item.name = from.path;
    item.id = !ids.empty()                            ? ids.at(record)
              : annot::has_video_extension(from.path) ? without_suffix(from.path)
                                                      : from.path;
    if (set.with_offset) item.id += fmt::format("@{}", from.offset);
    item.labels = from.labels;
    item.line = from.line;
    item.place.is_part = set.with_offset;
    item.place.offset = from.offset;
    item.place.num_frames = from.num_frames > 0 ? from.num_frames : -1;
    data.items.push_back(std::move(item));
  }
  make_ids_differ(data.items);
  check_labels(data, set.num_classes, options);
  if (options.missing == MissingVideos::kNotLookedFor) return data;

  const Finder finder(options);
  const std::size_t videos = data.items.size();
  std::vector<DataItem> found;
  found.reserve(videos);
  for (std::size_t i = 0; i < videos; ++i) {
    DataItem& item = data.items[i];
    const bool there = finder.find(item.name, ids.empty() ? "" : ids[records[i]], item.place);
    if (!there) data.missing.push_back({item.id, item.place.path, item.line});
    if (there || options.missing != MissingVideos::kLeaveOut) found.push_back(std::move(item));
  }
  data.items = std::move(found);
  refuse_missing(data, options, videos);
  return data;
}

Dataset read_dataset(const std::string& annotations, const std::optional<annot::Format>& format,
                     const annot::ReadOptions& reading, const DatasetOptions& options) {
  const bool is_hdf5 = annotations != "-" && media::source_kind(annotations) == media::SourceKind::kPack;
  if (is_hdf5 && (!format || *format == annot::Format::kAnnotations)) {
    const store::AnnotationTable table = store::read_annotations(annotations);
    std::vector<std::string> ids;
    ids.reserve(table.rows.size());
    for (const store::AnnotationRow& row : table.rows) ids.push_back(row.video_id);
    return make_dataset(annotations, annot::from_table(table), ids, options);
  }
  annot::ReadOptions unchecked = reading;
  unchecked.check_label_range = false;
  const annot::ReadResult read = annot::read_annotations(annotations, format, unchecked);
  return make_dataset(annotations, read.set, {}, options);
}

}  // namespace vs::data
