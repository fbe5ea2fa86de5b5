// Sets made from sets: filtered, split, merged.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "lib/annot/annotation.h"
#include "lib/annot/check_lists.h"

namespace vs::annot {

/// Names that a record answers to: its path, its path behind `data_prefix`, and both without extension.
std::vector<std::string> names_of(const Annotation& item, const std::string& data_prefix);

/// Which records stay.
struct RecordFilter {
  std::unordered_set<std::string> drop;    ///< names to leave out
  std::unordered_set<int64_t> drop_lines;  ///< lines to leave out
  std::unordered_set<std::string> keep;    ///< if not empty: names to keep, all others go
  std::string data_prefix;                 ///< for names_of
  int64_t min_frames = 1;                  ///< records of fewer frames go; those without a count stay
};

/// Leaves out what the filter says. Returns how many records went.
int64_t filter_set(AnnotationSet& set, const RecordFilter& filter);

/// One part of a split: a name and its fraction of every class.
struct SplitPart {
  std::string name;
  double fraction = 0;
};

/// "train=0.8,val=0.2" as parts. Throws UsageError unless there are at least two, names differ and are plain words,
/// fractions are above 0 and their sum is 1.
std::vector<SplitPart> parse_split_parts(const std::string& text);

/// Splits by seed so that each class is divided in these fractions as nearly as whole videos allow; one set a part, in
/// order.
///
/// All records of one path go to the same part. A video with several labels counts for the rarest of them. Within a
/// class videos are ordered by SHA-256 of "seed path", so that the parts do not depend on the order of the list.
/// Rounding is carried from class to class, so that the totals are right within one video a part; the first part gets
/// at least one video of every class of two or more. Parts keep the list's order; their records get
/// the part's name as split.
std::vector<AnnotationSet> split_set(const AnnotationSet& set, const std::vector<SplitPart>& parts, uint64_t seed);

/// The records of one class.
struct ClassSet {
  std::string name;
  AnnotationSet set;
};

/// One set a class that has records, in the order of the classes. Throws DataError for a record without just one label,
/// or whose class has no name that can be part of a file's.
std::vector<ClassSet> sets_by_class(const AnnotationSet& set);

/// Joins sets in order. Throws DataError naming both files if they differ in media, offsets or class names; a record
/// that stands in two files (same path and offset) with the same labels is left out with `unique`, else an error; with
/// other labels always an error.
AnnotationSet merge_sets(const std::vector<NamedSet>& sets, bool unique);

/// Files named `name-00003-of-00016.ext`: sorted by number, all of them there and of one name. Files without such a
/// name keep their order and pass. Throws DataError naming the missing ones.
std::vector<std::string> ordered_shards(const std::vector<std::string>& files);

}  // namespace vs::annot
