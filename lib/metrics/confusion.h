// Confusion matrices, and what is read off them: the classes that go well and those that do not.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vs::metrics {

/// Counts [size(), size()] of samples, row = true class, column = predicted class.
struct Confusion {
  std::vector<int64_t> classes;  ///< class number of each row and column, rising
  std::vector<int64_t> counts;   ///< row-major

  int64_t size() const { return static_cast<int64_t>(classes.size()); }
  int64_t at(int64_t row, int64_t column) const { return counts[static_cast<size_t>(row * size() + column)]; }
};

/// Counts over the classes that occur among predictions or labels (compacted: rows are not class numbers).
///
/// predicted and labels [num_samples], each >= 0. Without samples the matrix is empty. Throws DataError naming the
/// sample if a class is negative (-1 is no class), or if the two differ in length.
/// Source: confusion_matrix of mmaction2.
Confusion count_confusion(std::span<const int64_t> predicted, std::span<const int64_t> labels);

/// Counts over all classes 0..num_classes-1, also those that do not occur. num_classes >= 1 (UsageError).
/// Throws DataError as count_confusion() does, and for a class not below num_classes.
Confusion count_confusion_all(std::span<const int64_t> predicted, std::span<const int64_t> labels, int64_t num_classes);

/// What the entries of a normalised matrix add up to 1 over: each true class, each predicted class, or everything.
enum class Normalize { kTrue, kPredicted, kAll };

/// The matrix divided by its row sums, column sums or total; 0/0 is 0. Returns [size(), size()], row-major.
std::vector<double> normalized(const Confusion& confusion, Normalize normalize);

/// Share of each class's samples that are predicted right, 0 for a class without sample. Returns [size()].
std::vector<double> class_accuracies(const Confusion& confusion);

/// One class and its accuracy as a fraction.
struct ClassAccuracy {
  int64_t class_index = 0;
  double accuracy = 0;
  bool operator==(const ClassAccuracy&) const = default;
};

/// Which end of the ranking top_k_classes() gives.
enum class ClassOrder {
  kMostAccurate,   ///< falling accuracy; among equals the higher class first
  kLeastAccurate,  ///< rising accuracy; among equals the lower class first
};

/// The k most or least accurate classes, all of them if the matrix has fewer; real class numbers, not rows.
/// k >= 1 (UsageError). Source: top_k_classes of mmaction2, which gives rows of the compacted matrix instead.
std::vector<ClassAccuracy> top_k_classes(const Confusion& confusion, int64_t k, ClassOrder order);

}  // namespace vs::metrics
