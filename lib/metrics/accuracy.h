// Accuracy of samples with one label each, or with several.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/metrics/scores.h"

namespace vs::metrics {

/// Place of each sample's label among its scores, 0 for the best.
///
/// Place = number of classes with a larger score, or with an equal score and a higher class index: what a stable
/// ascending sort leaves behind the label. labels [num_samples], each in [0, num_classes). Returns [num_samples] in
/// [0, num_classes). Throws DataError naming the sample (NaN score, label out of range, -1 included).
/// Source: top_k_accuracy of mmaction2, with the order of ties made stable.
template <class T>
std::vector<int64_t> label_ranks(const Scores<T>& scores, std::span<const int64_t> labels);

/// Share of samples whose label is among the k best scores, for each k; a k above num_classes counts as all.
/// Returns [ks.size()] fractions in [0, 1], NaN without samples. Throws UsageError for a k below 1, DataError as
/// label_ranks() does. Source: top_k_accuracy of mmaction2.
template <class T>
std::vector<double> top_k_accuracy(const Scores<T>& scores, std::span<const int64_t> labels,
                                   std::span<const int64_t> ks);

/// Mean over classes of the share of their samples that are predicted right; prediction = predicted_classes().
///
/// The classes that occur among labels or predictions count; one that is only predicted counts as 0 (scikit-learn's
/// balanced accuracy leaves it out). Returns a fraction, NaN without samples. Throws DataError as label_ranks() does.
/// Source: mean_class_accuracy of mmaction2.
template <class T>
double mean_class_accuracy(const Scores<T>& scores, std::span<const int64_t> labels);

/// Top-k figures of samples with several labels.
struct MultiLabelTopK {
  double hit = 0;        ///< share of samples with a label among the k best
  double precision = 0;  ///< mean of (labels among the k best) / k
  double recall = 0;     ///< mean of (labels among the k best) / (labels of the sample)
};

/// Top-k figures of samples with several labels; the k best in the order of label_ranks().
///
/// relevant [num_samples, num_classes], 0 or not. k 0 means, sample by sample, as many as the sample has labels; a k
/// above num_classes finds all labels and still divides by k. Without samples all three are NaN. Throws UsageError for
/// k below 0, DataError for NaN, a size that does not fit, or a sample without label (named).
/// Source: hit: ours; precision and recall: multi-label accuracy and recall of OCSampler's evaluation.
template <class T>
MultiLabelTopK multi_label_top_k(const Scores<T>& scores, std::span<const uint8_t> relevant, int64_t k);

}  // namespace vs::metrics
