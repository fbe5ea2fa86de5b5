#include "lib/store/annotations_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"

namespace vs::store {
namespace {

constexpr int kAnnotationsVersion = 1;

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

void check_row(const AnnotationRow& row, size_t classes, const std::string& place) {
  const std::string id = "video \"" + printable(row.video_id) + "\": ";
  if (row.video_id.empty()) throw DataError(place, "a video has no name");
  for (const int64_t label : row.labels) {
    if (label < 0 || (classes && static_cast<uint64_t>(label) >= classes))
      throw DataError(place, fmt::format("{}label {} lies outside the {} classes", id, label, classes));
  }
  if (row.num_frames < -1) throw DataError(place, fmt::format("{}{} frames", id, row.num_frames));
  if (row.segment_start < -1 || row.segment_frames < -1 || (row.segment_start < 0) != (row.segment_frames < 0))
    throw DataError(place, fmt::format("{}segment of {} frames from {}", id, row.segment_frames, row.segment_start));
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

}  // namespace

void write_annotations(const std::string& path, const AnnotationTable& table,
                       const nlohmann::ordered_json& inner_manifest, bool force) {
  check_output_free(path, force);
  for (const auto& row : table.rows) check_row(row, table.class_names.size(), path);
  const std::string folder = folder_of(path);
  std::vector<std::string> paths;
  std::vector<int64_t> offsets{0}, labels;
  for (const auto& row : table.rows) {
    paths.push_back(row.path.empty() ? "" : path_in_document(row.path, folder));
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
    check_row(row, table.class_names.size(), path);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace vs::store
