// Annotations in memory: one record a video (or clip of one), whatever file they came from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vs::annot {

/// What the paths of a set name.
enum class Media {
  kFrames,  ///< folders of frame images; num_frames is known
  kVideos,  ///< video files
  kNames,   ///< names without folder or extension, as the datasets' own files give them; neither opens as it stands
};

/// One labelled stretch of a video.
struct Segment {
  double start_s = 0, end_s = 0;
  int32_t label = 0;
};

/// One line of a list, one row of a table, one object of a JSON file.
struct Annotation {
  std::string path;             ///< folder or file, data prefix applied; or a name
  int64_t num_frames = -1;      ///< at least 1; -1: the format has no count
  int64_t offset = 0;           ///< frame number before the first one: offset 213 begins at file 214
  std::vector<int32_t> labels;  ///< class indices, ascending, distinct; empty: unlabelled
  std::vector<Segment> segments;
  double duration_s = -1;  ///< -1: unknown
  std::string split;       ///< "train", "val", "test"; empty: the file does not say
  int64_t line = 0;        ///< 1-based line it came from, 0: none
};

/// The records of one or more files.
struct AnnotationSet {
  Media media = Media::kFrames;
  bool multi_label = false;          ///< a record may have several labels
  bool with_offset = false;          ///< offsets are part of the format
  int64_t num_classes = 0;           ///< 0: not known
  std::vector<std::string> classes;  ///< names in index order; empty: not known
  std::vector<Annotation> items;
};

/// True if no record has a label.
inline bool is_unlabelled(const AnnotationSet& set) {
  for (const Annotation& item : set.items) {
    if (!item.labels.empty()) return false;
  }
  return true;
}

}  // namespace vs::annot
