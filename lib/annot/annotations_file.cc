#include "lib/annot/annotations_file.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/annot/parsers_internal.h"
#include "lib/core/error.h"
#include "lib/store/json.h"

namespace vs::annot {

namespace {

constexpr std::pair<Media, const char*> kMedia[] = {
    {Media::kFrames, "frames"}, {Media::kVideos, "videos"}, {Media::kNames, "names"}};

std::string extras_text(const std::vector<Extra>& extras) {
  if (extras.empty()) return {};
  store::Json object = store::Json::object();
  for (const Extra& extra : extras) {
    object[std::string(name_of(extra.format))][extra.name] = store::parse_json(store::JsonText(extra.name, extra.json));
  }
  return store::json_line(object);
}

/// The other way round. Formats that this version does not know are left out.
std::vector<Extra> extras_of(const std::string& text) {
  std::vector<Extra> extras;
  if (text.empty()) return extras;
  const store::Json object = store::parse_json(store::JsonText("extras", text));
  for (const auto& [name, members] : object.items()) {
    const auto format = format_of(name);
    if (!format) continue;
    for (const auto& [key, value] : members.items()) extras.push_back({*format, key, store::json_line(value)});
  }
  return extras;
}

int32_t checked_label(int64_t label, const std::string& path) {
  if (label < 0 || label > std::numeric_limits<int32_t>::max()) {
    throw DataError(path, fmt::format("label {} out of range", label));
  }
  return static_cast<int32_t>(label);
}

}  // namespace

store::AnnotationTable to_table(const AnnotationSet& set) {
  store::AnnotationTable table;
  table.class_names = set.classes;
  table.extras = extras_text(set.extras);
  for (const auto& [media, name] : kMedia) {
    if (media == set.media) table.media = name;
  }
  table.rows.reserve(set.items.size());
  for (const Annotation& item : set.items) {
    store::AnnotationRow row;
    row.video_id = set.media == Media::kVideos ? without_extension(item.path) : item.path;
    row.path = item.path;
    row.labels.assign(item.labels.begin(), item.labels.end());
    row.split = item.split;
    row.duration_s = item.duration_s;
    for (const Segment& segment : item.segments)
      row.segments.push_back({segment.start_s, segment.end_s, segment.label});
    row.extras = extras_text(item.extras);
    if (set.with_offset) {
      row.segment_start = item.offset;
      row.segment_frames = item.num_frames;
    } else {
      row.num_frames = item.num_frames;
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

AnnotationSet from_table(const store::AnnotationTable& table) {
  AnnotationSet set;
  set.classes = table.class_names;
  set.num_classes = static_cast<int64_t>(table.class_names.size());
  bool counted = true, extensions = true;
  for (const store::AnnotationRow& row : table.rows) {
    Annotation item;
    item.path = row.path;
    item.split = row.split;
    item.num_frames = row.num_frames;
    if (row.segment_start >= 0) {
      set.with_offset = true;
      item.offset = row.segment_start;
      item.num_frames = row.segment_frames;
    }
    item.duration_s = row.duration_s;
    for (const store::TimedSegment& segment : row.segments) {
      item.segments.push_back({segment.start_s, segment.end_s, checked_label(segment.label, row.path)});
    }
    for (int64_t label : row.labels) item.labels.push_back(checked_label(label, row.path));
    drop_repeats(item, set.losses);
    item.extras = extras_of(row.extras);
    set.multi_label = set.multi_label || item.labels.size() > 1;
    counted = counted && item.num_frames > 0;
    extensions = extensions && without_extension(item.path) != item.path;
    set.items.push_back(std::move(item));
  }
  set.extras = extras_of(table.extras);
  set.media = counted ? Media::kFrames : extensions ? Media::kVideos : Media::kNames;
  for (const auto& [media, name] : kMedia) {
    if (table.media == name) set.media = media;
  }
  return set;
}

AnnotationSet read_annotations_file(const std::string& path, const ReadOptions& options) {
  AnnotationSet set = from_table(store::read_annotations(path));
  if (options.num_classes > 0) set.num_classes = options.num_classes;
  if (set.classes.empty()) set.classes = options.classes;
  for (Annotation& item : set.items) {
    item.path = with_prefix(options.data_prefix, item.path);
    for (int32_t label : item.labels) {
      if (options.check_label_range && set.num_classes > 0 && label >= set.num_classes) {
        throw DataError(path, fmt::format("label {} of {} is not below {}", label, item.path, set.num_classes));
      }
    }
  }
  return set;
}

}  // namespace vs::annot
