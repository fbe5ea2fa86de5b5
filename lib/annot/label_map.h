// Class names in index order, their other orders, and the maps between two orders.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/annot/annotation.h"
#include "lib/annot/problem.h"

namespace vs::annot {

/// One order of a dataset's classes (`vs.labels/1`, or any label file).
struct LabelMap {
  std::string name;                                     ///< "activitynet", "sthv1-sorted", or the file
  std::string dataset;                                  ///< "activitynet"; empty: not known
  std::vector<std::string> classes;                     ///< names in index order
  std::vector<std::pair<int32_t, int32_t>> flip_swaps;  ///< labels that change places when a frame is mirrored
  std::string source;                                   ///< where the order is from, in words
};

/// The label files that datasets come with.
enum class LabelFile {
  kNames,      ///< one name a line, index = line - 1; a first line "action" (ActivityNet's action_name.csv) is a header
  kNumbered,   ///< UCF101: `1 ApplyEyeMakeup`, from 1
  kSomething,  ///< JSON {"Holding something": "2"}
};

/// Reads a label file; the format is seen from the content. Throws AnnotationErrors with every bad line: an index twice
/// or left out, a name twice, bad text.
std::vector<std::string> parse_label_file(std::string_view bytes, const std::string& file);

/// Which of the forms a label file has.
LabelFile label_file_form(std::string_view bytes);

/// Reads `vs.labels/1` (JSON). Throws DataError.
LabelMap parse_label_map(std::string_view bytes, const std::string& file);

/// A label map by the name of a file of share/labels ("kinetics400"), or by path: vs.labels/1, any label file, or a
/// Kinetics CSV, whose sorted class names are taken. Throws UsageError naming the nearest known name if it is neither.
LabelMap load_label_map(const std::string& name_or_path);
/// The names in share/labels, sorted.
std::vector<std::string> label_map_names();

/// A class name as the Kinetics folders spell it: without `"`, blanks as `_`.
std::string kinetics_class_name(std::string_view label);

/// For each index of `from` the index of the same class in `to`. Names are compared as they are, or, if that does not
/// match all, in their Kinetics spelling (case kept). Throws DataError naming the first class of `from` that `to` does
/// not have.
std::vector<int32_t> permutation_between(const LabelMap& from, const LabelMap& to);

/// New index of every label, -1 for those that may not occur.
struct Relabeling {
  std::vector<int32_t> new_index;
  std::vector<std::string> new_classes;  ///< may be empty
};

/// Parses what --relabel takes: `FROM:TO` (two label maps), a map or label file TO (the set must know its class names),
/// a JSON file that is a list of new indices, or FILE:KEY for such a list inside the object of a JSON file.
Relabeling load_relabeling(const std::string& text, const AnnotationSet& set);
/// Gives every label its new index. Throws DataError naming file and line of a record whose label has none.
void relabel(AnnotationSet& set, const Relabeling& map, const std::string& file);

}  // namespace vs::annot
