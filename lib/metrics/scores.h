// What every metric takes: class scores of samples, one row a sample, and the checks that they are fit to rank.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vs::metrics {

/// A view of class scores [num_samples, num_classes], row-major. T is float or double.
/// `names`, where given, holds one name a sample (a video id), used in errors; else errors say "sample 3".
template <class T>
struct Scores {
  std::span<const T> values;
  int64_t num_classes;
  std::span<const std::string> names;

  Scores(std::span<const T> score_values, int64_t class_count, std::span<const std::string> sample_names = {})
      : values(score_values), num_classes(class_count), names(sample_names) {}

  int64_t num_samples() const { return num_classes > 0 ? static_cast<int64_t>(values.size()) / num_classes : 0; }
  std::span<const T> row(int64_t sample) const {
    return values.subspan(static_cast<size_t>(sample * num_classes), static_cast<size_t>(num_classes));
  }
};

/// The name of a sample in errors: its entry in `names` if there is one, else "sample <index>".
std::string sample_name(std::span<const std::string> names, int64_t sample);

/// Refuses scores that cannot be ranked: num_classes below 1, a last row that is not whole, NaN.
/// Infinite scores rank as they stand. Throws DataError naming the sample and the class.
template <class T>
void check_scores(const Scores<T>& scores);

/// check_scores(), and one label a sample, each in [0, num_classes). Throws DataError naming the sample: a label -1
/// ("unknown") is refused, not counted as a miss.
template <class T>
void check_labels(const Scores<T>& scores, std::span<const int64_t> labels);

/// Class of the largest score of each sample; among equal scores the lowest class. Returns [num_samples].
/// Throws DataError as check_scores() does.
template <class T>
std::vector<int64_t> predicted_classes(const Scores<T>& scores);

/// exp(score) / sum of exp over the classes of each sample, computed in double. Returns [num_samples, num_classes].
/// Throws DataError as check_scores() does, and for a sample whose largest score is infinite.
template <class T>
std::vector<double> softmax(const Scores<T>& scores);

/// What scores are.
enum class ScoreValues {
  kLogits,         ///< before softmax
  kProbabilities,  ///< after it: not negative, a row adds up to 1
};

/// The scores as probabilities: softmax() of logits, probabilities as they are. Returns [num_samples, num_classes].
/// Throws DataError as softmax() does, and naming the sample whose probabilities are negative or do not add up to 1
/// within 1e-3.
template <class T>
std::vector<double> probabilities(const Scores<T>& scores, ScoreValues values);

/// Labels of samples with several labels each, as rows of 0 and 1.
/// labels [num_samples, labels_per_sample], filled up with -1; a repeated label counts once; a row of -1 alone is a
/// sample without label. num_classes and labels_per_sample >= 1. Returns [num_samples, num_classes].
/// Throws DataError naming the sample if a label is below -1 or not below num_classes.
std::vector<uint8_t> multi_hot(std::span<const int64_t> labels, int64_t labels_per_sample, int64_t num_classes,
                               std::span<const std::string> names = {});

}  // namespace vs::metrics
