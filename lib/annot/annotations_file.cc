#include "lib/annot/annotations_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "lib/annot/parsers_internal.h"
#include "lib/core/error.h"

namespace vs::annot {

store::AnnotationTable to_table(const AnnotationSet& set) {
  store::AnnotationTable table;
  table.class_names = set.classes;
  table.rows.reserve(set.items.size());
  for (const Annotation& item : set.items) {
    store::AnnotationRow row;
    row.video_id = set.media == Media::kVideos ? without_extension(item.path) : item.path;
    row.path = item.path;
    row.labels.assign(item.labels.begin(), item.labels.end());
    row.split = item.split;
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
    for (int64_t label : row.labels) {
      if (label < 0 || label > std::numeric_limits<int32_t>::max()) {
        throw DataError(row.path, fmt::format("label {} out of range", label));
      }
      item.labels.push_back(static_cast<int32_t>(label));
    }
    std::sort(item.labels.begin(), item.labels.end());
    item.labels.erase(std::unique(item.labels.begin(), item.labels.end()), item.labels.end());
    set.multi_label = set.multi_label || item.labels.size() > 1;
    counted = counted && item.num_frames > 0;
    extensions = extensions && without_extension(item.path) != item.path;
    set.items.push_back(std::move(item));
  }
  set.media = counted ? Media::kFrames : extensions ? Media::kVideos : Media::kNames;
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
