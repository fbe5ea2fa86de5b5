// Numbers about a set of annotations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/annot/annotation.h"

namespace vs::annot {

/// Smallest, middle and largest of some counts. The median of an even number is the lower of the two in the middle.
struct Spread {
  int64_t least = 0, median = 0, most = 0, total = 0;
};
/// All zero without values.
Spread spread_of(std::vector<int64_t> values);

/// One class.
struct ClassCount {
  int32_t label = 0;
  std::string name;  ///< empty: not known
  int64_t records = 0;
  int64_t frames = 0;  ///< of records with a count
};

struct Statistics {
  int64_t records = 0, videos = 0;  ///< videos: distinct paths
  int64_t unlabelled = 0, several_labels = 0;
  int64_t classes = 0;  ///< that the set may have: num_classes, else largest label + 1
  int64_t classes_present = 0;
  Spread per_class;     ///< records a class, over all `classes`
  int64_t counted = 0;  ///< records with a number of frames
  Spread frames;
  double imbalance = 0;              ///< most / least records a class, among those present; 0 without labels
  std::vector<ClassCount> by_class;  ///< in label order, all `classes`
  std::vector<std::pair<std::string, int64_t>> splits;  ///< records by split name, in order of first appearance
};

Statistics statistics_of(const AnnotationSet& set);

}  // namespace vs::annot
