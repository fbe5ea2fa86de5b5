// What can be wrong with lists that read well: labels, duplicates, videos in two splits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/annot/annotation.h"

namespace vs::annot {

/// One thing found. `kind` is one word ("duplicate"); errors make a check fail, notes do not.
struct Finding {
  bool error = true;
  std::string kind;
  std::string file;
  int64_t line = 0;  ///< 0: the whole file
  std::string path;  ///< the record's, empty for the whole file
  std::string text;  ///< in words
};

/// A set that came from a file.
struct NamedSet {
  std::string file;
  AnnotationSet set;
};

/// Kinds: `label_out_of_range` (not below num_classes; 0: not known), `labels_from_1` (no label 0, and the largest is
/// num_classes or, where that is not known, label 1 is there and at least two classes: a note then), `class_missing`
/// (note: classes without a record in the first file), `duplicate` (a path and offset twice in one file),
/// `in_two_splits` (one video in two files, or with two split names in one), `labels_differ` (one video, two sets of
/// labels over files without offset). Findings are in the order of files and lines.
std::vector<Finding> check_lists(const std::vector<NamedSet>& sets, int64_t num_classes);

}  // namespace vs::annot
