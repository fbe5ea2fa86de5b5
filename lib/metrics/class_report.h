// One row of figures for each class: which classes a model knows and which it does not.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/metrics/scores.h"

namespace vs::metrics {

/// Figures of one class.
struct ClassFigures {
  int64_t count = 0;                ///< samples that have the class
  int64_t num_predicted = 0;        ///< samples whose largest score is the class's
  double accuracy = 0;              ///< share of `count` for which the class has the largest score; NaN if count is 0
  double average_precision = 0;     ///< average_precision() over all samples; NaN if count is 0
  int64_t most_confused_with = -1;  ///< predicted most often in its place, the lowest of equals; -1: none is
};

/// Figures of every class. relevant [num_samples, num_classes], 0 or not: one label a sample, or several (then a sample
/// counts as right for the one of its classes that it is predicted as, and as confused only if it is predicted as none
/// of them). Returns [num_classes]. Throws DataError as check_scores() does, or if `relevant` has another size.
template <class T>
std::vector<ClassFigures> class_report(const Scores<T>& scores, std::span<const uint8_t> relevant);

}  // namespace vs::metrics
