// Annotations in memory: one record a video (or clip of one), whatever file they came from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/annot/format.h"

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

/// Something that one format has and the others have no place for, such as `url` of ActivityNet. Only its own format
/// and vs.annotations/1 write it back. A name that begins with '.' is about spelling alone (an ending, "20.0" for 20).
struct Extra {
  Format format = Format::kRawframes;
  std::string name;
  std::string json;  ///< the value as JSON text
  bool operator==(const Extra&) const = default;
};

/// A kind of thing that was not kept.
struct Loss {
  std::string what;     ///< such as "repeated labels"
  int64_t records = 0;  ///< how many have it; 0: the file as a whole
  std::string first;    ///< path of the first of them
};

/// One line of a list, one row of a table, one object of a JSON file.
struct Annotation {
  std::string path;             ///< folder or file, data prefix applied; or a name
  int64_t num_frames = -1;      ///< at least 1; -1: the format has no count
  int64_t offset = 0;           ///< frame number before the first one: offset 213 begins at file 214
  std::vector<int32_t> labels;  ///< class indices, distinct, in the file's order; empty: unlabelled
  std::vector<Segment> segments;
  double duration_s = -1;  ///< -1: unknown
  std::string split;       ///< "train", "val", "test"; empty: the file does not say
  int64_t line = 0;        ///< 1-based line it came from, 0: none
  std::vector<Extra> extras;
};

/// The records of one or more files.
struct AnnotationSet {
  Media media = Media::kFrames;
  bool multi_label = false;          ///< a record may have several labels
  bool with_offset = false;          ///< offsets are part of the format
  int64_t num_classes = 0;           ///< 0: not known
  std::vector<std::string> classes;  ///< names in index order; empty: not known
  std::vector<Annotation> items;
  std::vector<Extra> extras;  ///< of the file: version and taxonomy of ActivityNet
  std::vector<Loss> losses;   ///< what the reader could not keep
};

/// The extra of that name, null if there is none.
inline const Extra* find_extra(const std::vector<Extra>& extras, Format format, std::string_view name) {
  for (const Extra& extra : extras) {
    if (extra.format == format && extra.name == name) return &extra;
  }
  return nullptr;
}

/// True if both have the same labels, in any order.
inline bool same_labels(const Annotation& a, const Annotation& b) {
  return std::is_permutation(a.labels.begin(), a.labels.end(), b.labels.begin(), b.labels.end());
}

/// True if no record has a label.
inline bool is_unlabelled(const AnnotationSet& set) {
  for (const Annotation& item : set.items) {
    if (!item.labels.empty()) return false;
  }
  return true;
}

}  // namespace vs::annot
