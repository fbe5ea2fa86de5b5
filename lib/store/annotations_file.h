// Annotation files (`vs.annotations/1`, HDF5): videos, their labels and splits.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vs::store {

/// One annotated video, or part of one.
struct AnnotationRow {
  std::string video_id, path;
  int64_t num_frames = -1;      ///< -1: unknown
  std::vector<int64_t> labels;  ///< class numbers from 0; empty: unlabelled
  int64_t segment_start = -1;   ///< first frame of the part, 0-based; -1: the whole video
  int64_t segment_frames = -1;  ///< frames of the part; -1: the whole video
  std::string split;            ///< "train", "val", ...; "": not said
  bool operator==(const AnnotationRow&) const = default;
};

/// A whole annotation file.
struct AnnotationTable {
  std::vector<AnnotationRow> rows;
  std::vector<std::string> class_names;  ///< by class number; may be empty
  bool operator==(const AnnotationTable&) const = default;
};

/// Writes a table whole (by `.NAME.partial` and rename; equal tables and manifests give equal bytes). Datasets:
/// video_id, path, num_frames, segment_start, segment_frames, split [videos], label_offsets [videos+1], labels,
/// class_name [classes]. Paths become relative to the file's folder unless absolute. inner_manifest:
/// Manifest::inner_document(). A complete output is a UsageError without `force`. Throws DataError if a label is
/// negative or has no class name where there are names.
void write_annotations(const std::string& path, const AnnotationTable& table,
                       const nlohmann::ordered_json& inner_manifest, bool force);
/// Reads and checks one. Throws DataError. Paths come out as seen from the working folder.
AnnotationTable read_annotations(const std::string& path);

}  // namespace vs::store
