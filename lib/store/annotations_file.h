// Annotation files (`vs.annotations/1`, HDF5): videos, their labels and splits.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vs::store {

/// A labelled stretch of a video.
struct TimedSegment {
  double start_s = 0, end_s = 0;
  int64_t label = 0;
  bool operator==(const TimedSegment&) const = default;
};

/// One annotated video, or part of one.
struct AnnotationRow {
  std::string video_id, path;
  int64_t num_frames = -1;                  ///< -1: unknown
  std::vector<int64_t> labels;              ///< class numbers from 0; empty: unlabelled
  int64_t segment_start = -1;               ///< first frame of the part, 0-based; -1: the whole video
  int64_t segment_frames = -1;              ///< frames of the part; -1: the whole video
  std::string split;                        ///< "train", "val", ...; "": not said
  double duration_s = -1;                   ///< -1: unknown
  std::vector<TimedSegment> segments = {};  ///< in seconds
  std::string extras = {};  ///< what one format alone has, a JSON object {format: {name: value}}; "": nothing
  bool operator==(const AnnotationRow&) const = default;
};

/// A whole annotation file.
struct AnnotationTable {
  std::vector<AnnotationRow> rows;
  std::vector<std::string> class_names;  ///< by class number; may be empty
  std::string media;                     ///< "frames", "videos", "names": what paths lead to; "": not said
  std::string extras;                    ///< of the whole set, as those of a row
  bool operator==(const AnnotationTable&) const = default;
};

/// Names that AnnotationTable::media may have.
bool is_known_media(const std::string& media);

/// Writes a table whole (by `.NAME.partial` and rename; equal tables and manifests give equal bytes). Datasets:
/// video_id, path, num_frames, segment_start, segment_frames, split [videos], label_offsets [videos+1], labels,
/// class_name [classes]; root attribute `media`. Only where there is something to hold: duration_s [videos] (-1:
/// unknown), timed_offsets [videos+1] with timed_start_s, timed_end_s, timed_label [stretches in seconds], extras
/// [videos] (JSON texts), root attribute `extras`. These are optional in version 1: a reader that does not know them
/// still finds the rest, and files without them (and without `media`) are read as before. Paths become relative to the
/// file's folder unless absolute. inner_manifest: Manifest::inner_document(). A complete output is a UsageError without
/// `force`. Throws DataError if a label is negative or has no class name where there are names.
void write_annotations(const std::string& path, const AnnotationTable& table,
                       const nlohmann::ordered_json& inner_manifest, bool force);
/// Reads and checks one. Throws DataError. Paths come out as seen from the working folder.
AnnotationTable read_annotations(const std::string& path);

}  // namespace vs::store
