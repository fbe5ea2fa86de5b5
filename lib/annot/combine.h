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

/// Keeps the records none of whose names is in `drop` (if `keep` is not empty: only those with a name in it), and those
/// of at least `min_frames` frames (records without a count stay). Returns how many went.
int64_t filter_set(AnnotationSet& set, const std::unordered_set<std::string>& drop,
                   const std::unordered_set<std::string>& keep, const std::string& data_prefix, int64_t min_frames);

/// Fractions of a split; what is left over is training.
struct SplitFractions {
  double val = 0.2, test = 0;
};

/// The parts of a split.
struct SplitSets {
  AnnotationSet train, val, test;
};

/// Splits by seed so that each class is divided in these fractions as nearly as whole videos allow.
///
/// All records of one path go to the same part. A video with several labels counts for the rarest of them. Within a
/// class videos are ordered by SHA-256 of "seed path", so that the parts do not depend on the order of the list and a
/// video keeps its place when others are added as far as possible. Rounding is carried from class to class, so that the
/// totals are right within one video; a class of two or more videos keeps at least one for training. Parts keep the
/// list's order and get split names. Throws UsageError unless 0 <= val, 0 <= test, val + test < 1.
SplitSets split_set(const AnnotationSet& set, const SplitFractions& fractions, uint64_t seed);

/// Joins sets in order. Throws DataError naming both files if they differ in media, offsets or class names; a record
/// that stands in two files (same path and offset) with the same labels is left out with `unique`, else an error; with
/// other labels always an error.
AnnotationSet merge_sets(const std::vector<NamedSet>& sets, bool unique);

/// Files named `name-00003-of-00016.ext`: sorted by number, all of them there and of one name. Files without such a
/// name keep their order and pass. Throws DataError naming the missing ones.
std::vector<std::string> ordered_shards(const std::vector<std::string>& files);

}  // namespace vs::annot
