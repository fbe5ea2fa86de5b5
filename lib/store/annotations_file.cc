#include "lib/store/annotations_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"

namespace vs::store {
namespace {

constexpr int kAnnotationsVersion = 1;

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

void check_label(int64_t label, size_t classes, const std::string& id, const std::string& place) {
  if (label < 0 || (classes && static_cast<uint64_t>(label) >= classes))
    throw DataError(place, fmt::format("{}label {} lies outside the {} classes", id, label, classes));
}

void check_row(const AnnotationRow& row, size_t classes, const std::string& place) {
  const std::string id = "video \"" + printable(row.video_id) + "\": ";
  if (row.video_id.empty()) throw DataError(place, "a video has no name");
  for (const int64_t label : row.labels) check_label(label, classes, id, place);
  if (row.num_frames < -1) throw DataError(place, fmt::format("{}{} frames", id, row.num_frames));
  if (row.segment_start < -1 || row.segment_frames < -1 || (row.segment_start < 0) != (row.segment_frames < 0))
    throw DataError(place, fmt::format("{}segment of {} frames from {}", id, row.segment_frames, row.segment_start));
  if (!std::isfinite(row.duration_s) || (row.duration_s < 0 && row.duration_s != -1))
    throw DataError(place, fmt::format("{}a duration of {} s", id, row.duration_s));
  for (const TimedSegment& segment : row.segments) {
    if (!(std::isfinite(segment.end_s) && segment.start_s >= 0 && segment.end_s > segment.start_s))
      throw DataError(place, fmt::format("{}a segment from {} to {} s", id, segment.start_s, segment.end_s));
    check_label(segment.label, classes, id, place);
  }
}

/// path_in_document() for many paths: what the file system says of a folder is asked once for neighbours in a list.
class DocumentPaths {
 public:
  explicit DocumentPaths(std::string folder) : folder_(std::move(folder)) {}

  std::string of(const std::string& path) {
    const size_t name = path.rfind('/') + 1;  // 0 if there is no folder
    const std::string_view last = std::string_view(path).substr(name);
    if (path[0] == '/' || last.empty() || last == "." || last == ".." || path == "-") {
      return path_in_document(path, folder_);
    }
    if (!known_ || path.compare(0, name, parent_) != 0 || name != parent_.size()) {
      known_ = true;
      parent_ = path.substr(0, name);
      prefix_ = path_in_document(parent_ + "x", folder_);
      prefix_.pop_back();
    }
    return prefix_ + utf8_or_escaped(last);
  }

 private:
  std::string folder_, parent_, prefix_;
  bool known_ = false;
};

/// Extras are {format: {name: value}}.
void check_extras(const std::string& text, const std::string& place) {
  if (text.empty()) return;
  const Json extras = parse_json(JsonText(place + ", extras", text));
  const bool good =
      extras.is_object() && std::all_of(extras.begin(), extras.end(), [](const Json& e) { return e.is_object(); });
  if (!good) throw DataError(place, "extras are no objects by format");
}

template <class T>
void write_list(H5File& file, const std::string& name, const std::vector<T>& values, const char* units,
                const char* axes, const char* formula = "") {
  if constexpr (std::is_same_v<T, std::string>) {
    file.write_strings(name, values);
  } else {
    file.write<T>(name, std::span<const T>(values), {values.size()});
  }
  describe_dataset(file, name, units, axes, formula);
}

template <class Member>
auto column_of(const AnnotationTable& table, Member member) {
  std::vector<std::remove_cvref_t<decltype(std::declval<AnnotationRow>().*member)>> values;
  values.reserve(table.rows.size());
  for (const auto& row : table.rows) values.push_back(row.*member);
  return values;
}

/// Datasets and attributes that are there only if they hold something.
void write_optional(H5File& file, const AnnotationTable& table) {
  const auto any = [&](auto holds) { return std::any_of(table.rows.begin(), table.rows.end(), holds); };
  if (!table.media.empty()) file.write_text("/", "media", table.media);
  if (!table.extras.empty()) file.write_text("/", "extras", table.extras);
  if (any([](const AnnotationRow& row) { return row.duration_s >= 0; }))
    write_list(file, "duration_s", column_of(table, &AnnotationRow::duration_s), "s", "video");
  if (any([](const AnnotationRow& row) { return !row.segments.empty(); })) {
    std::vector<int64_t> offsets{0}, labels;
    std::vector<double> starts, ends;
    for (const AnnotationRow& row : table.rows) {
      for (const TimedSegment& segment : row.segments) {
        starts.push_back(segment.start_s);
        ends.push_back(segment.end_s);
        labels.push_back(segment.label);
      }
      offsets.push_back(static_cast<int64_t>(labels.size()));
    }
    write_list(file, "timed_offsets", offsets, "segment", "video",
               "video v has the segments timed_offsets[v] to timed_offsets[v + 1] - 1");
    write_list(file, "timed_start_s", starts, "s", "segment");
    write_list(file, "timed_end_s", ends, "s", "segment");
    write_list(file, "timed_label", labels, "class", "segment");
  }
  if (any([](const AnnotationRow& row) { return !row.extras.empty(); }))
    write_list(file, "extras", column_of(table, &AnnotationRow::extras), "JSON", "video");
}

void read_optional(const H5File& file, AnnotationTable& table) {
  const std::string& path = file.path();
  const size_t rows = table.rows.size();
  const auto need_rows = [&](const std::string& name, uint64_t count) {
    if (count_rows(file, name) != count) throw DataError(path, "dataset \"" + name + "\" differs in length");
  };
  if (file.has_attribute("/", "media")) table.media = file.read_text("/", "media");
  if (!table.media.empty() && !is_known_media(table.media))
    throw DataError(path, "media \"" + printable(table.media) + "\" is unknown");
  if (file.has_attribute("/", "extras")) table.extras = file.read_text("/", "extras");
  check_extras(table.extras, path);
  if (file.has_dataset("duration_s")) {
    need_rows("duration_s", rows);
    const auto durations = file.read<double>("duration_s");
    for (size_t i = 0; i < rows; ++i) table.rows[i].duration_s = durations[i];
  }
  if (file.has_dataset("timed_offsets")) {
    for (const char* name : {"timed_start_s", "timed_end_s", "timed_label"}) {
      if (!file.has_dataset(name)) throw DataError(path, fmt::format("has no dataset \"{}\"", name));
    }
    const uint64_t count = count_rows(file, "timed_label");
    need_rows("timed_start_s", count);
    need_rows("timed_end_s", count);
    const auto offsets = read_offsets(file, "timed_offsets", rows, count);
    const auto starts = file.read<double>("timed_start_s"), ends = file.read<double>("timed_end_s");
    const auto labels = file.read<int64_t>("timed_label");
    for (size_t i = 0; i < rows; ++i) {
      for (auto k = static_cast<size_t>(offsets[i]); k < static_cast<size_t>(offsets[i + 1]); ++k)
        table.rows[i].segments.push_back({starts[k], ends[k], labels[k]});
    }
  }
  if (file.has_dataset("extras")) {
    need_rows("extras", rows);
    auto extras = file.read_strings("extras");
    for (size_t i = 0; i < rows; ++i) {
      check_extras(extras[i], path);
      table.rows[i].extras = std::move(extras[i]);
    }
  }
}

}  // namespace

bool is_known_media(const std::string& media) { return media == "frames" || media == "videos" || media == "names"; }

void write_annotations(const std::string& path, const AnnotationTable& table,
                       const nlohmann::ordered_json& inner_manifest, bool force) {
  check_output_free(path, force);
  for (const auto& row : table.rows) check_row(row, table.class_names.size(), path);
  const std::string folder = folder_of(path);
  std::vector<std::string> paths;
  std::vector<int64_t> offsets{0}, labels;
  DocumentPaths document_paths(folder);
  for (const auto& row : table.rows) {
    paths.push_back(row.path.empty() ? "" : document_paths.of(row.path));
    labels.insert(labels.end(), row.labels.begin(), row.labels.end());
    offsets.push_back(static_cast<int64_t>(labels.size()));
  }
  H5File file = H5File::create(partial_name(path));
  file.write_text("/", "schema", fmt::format("vs.annotations/{}", kAnnotationsVersion));
  write_list(file, "video_id", column_of(table, &AnnotationRow::video_id), "1", "video");
  write_list(file, "path", paths, "1", "video");
  write_list(file, "num_frames", column_of(table, &AnnotationRow::num_frames), "frame", "video");
  write_list(file, "segment_start", column_of(table, &AnnotationRow::segment_start), "frame", "video");
  write_list(file, "segment_frames", column_of(table, &AnnotationRow::segment_frames), "frame", "video");
  write_list(file, "split", column_of(table, &AnnotationRow::split), "1", "video");
  write_list(file, "label_offsets", offsets, "label", "video",
             "video v has the labels labels[label_offsets[v]:label_offsets[v + 1]]");
  write_list(file, "labels", labels, "class", "label");
  write_list(file, "class_name", table.class_names, "1", "class");
  write_optional(file, table);
  publish_pack(std::move(file), path, inner_manifest);
}

AnnotationTable read_annotations(const std::string& path) {
  const H5File file = open_pack(path, "vs.annotations", kAnnotationsVersion,
                                {"video_id", "path", "num_frames", "segment_start", "segment_frames", "split",
                                 "label_offsets", "labels", "class_name"});
  AnnotationTable table;
  table.class_names = file.read_strings("class_name");
  auto ids = file.read_strings("video_id");
  const size_t rows = ids.size();
  auto paths = file.read_strings("path");
  auto splits = file.read_strings("split");
  const auto frames = file.read<int64_t>("num_frames");
  const auto starts = file.read<int64_t>("segment_start");
  const auto counts = file.read<int64_t>("segment_frames");
  if (paths.size() != rows || splits.size() != rows || frames.size() != rows || starts.size() != rows ||
      counts.size() != rows)
    throw DataError(path, "datasets of videos differ in length");
  const auto offsets = read_offsets(file, "label_offsets", rows, count_rows(file, "labels"));
  const auto labels = file.read<int64_t>("labels");
  const std::string folder = folder_of(path);
  table.rows.reserve(rows);
  for (size_t i = 0; i < rows; ++i) {
    AnnotationRow row;
    row.video_id = std::move(ids[i]);
    row.path = path_from_document(paths[i], folder);
    row.num_frames = frames[i];
    row.labels.assign(labels.begin() + offsets[i], labels.begin() + offsets[i + 1]);
    row.segment_start = starts[i];
    row.segment_frames = counts[i];
    row.split = std::move(splits[i]);
    table.rows.push_back(std::move(row));
  }
  read_optional(file, table);
  for (const AnnotationRow& row : table.rows) check_row(row, table.class_names.size(), path);
  return table;
}

}  // namespace vs::store
