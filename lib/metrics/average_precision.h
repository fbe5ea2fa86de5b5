// Average precision in the three definitions that published systems use, and the means over classes or samples.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/metrics/scores.h"

namespace vs::metrics {

/// Average precision of one ranking: the sum, over the distinct scores in falling order, of the rise in recall times
/// the precision there; all items of one score enter together, nothing is interpolated.
///
/// scores and relevant [num_items], relevant 0 or not. Returns a fraction, NaN without a relevant item. Throws
/// DataError naming the item for NaN, or if the lengths differ. Source: mean_average_precision of mmaction2; equals
/// scikit-learn's average_precision_score.
template <class T>
double average_precision(std::span<const T> scores, std::span<const uint8_t> relevant);

/// As average_precision(), but items enter one by one and only the `top_n` best are looked at (0: all): the mean of
/// the precision at each relevant item among them. 0 if relevant items exist, but none among the best.
///
/// Among equal scores the later item comes first. Same errors; UsageError if top_n is below 0.
/// Source: the metric of FrameExit, with the order of ties made stable.
template <class T>
double average_precision_one_by_one(std::span<const T> scores, std::span<const uint8_t> relevant, int64_t top_n = 0);

/// Average precision of each class, or of each sample, and their mean.
struct MeanAveragePrecision {
  double mean = 0;                   ///< fraction, see the function
  std::vector<double> each;          ///< [num_classes] or [num_samples]; NaN where nothing is relevant
  int64_t num_without_relevant = 0;  ///< how many of `each` are NaN
};

/// check_scores(), and that `relevant` is [num_samples, num_classes] too (DataError).
template <class T>
void check_relevant(const Scores<T>& scores, std::span<const uint8_t> relevant);

/// average_precision() of each class over the samples. The mean leaves out classes without a relevant sample; NaN if
/// none is left. relevant [num_samples, num_classes]. Throws DataError as check_relevant() does.
/// Source: mean_average_precision of mmaction2.
template <class T>
MeanAveragePrecision mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant);

/// average_precision() of each sample over the classes. One sample without label makes the mean NaN, and so does a
/// list without samples; num_without_relevant says how many there are. Same arguments and errors.
/// Source: mmit_mean_average_precision of mmaction2 (Multi-Moments in Time).
template <class T>
MeanAveragePrecision mmit_mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant);

/// average_precision_one_by_one() of each class over the samples; the mean leaves out classes without a relevant
/// sample. Same arguments and errors. Source: FrameExit.
template <class T>
MeanAveragePrecision frame_exit_mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant,
                                                       int64_t top_n = 0);

/// What becomes of classes that no sample has, in arnet_mean_average_precision().
enum class AbsentClasses {
  kKeepColumns,  ///< they score 0, every other class is compared with its own scores
  kRenumber,  ///< as published: present classes are numbered anew from 0 and compared with the scores at those numbers
};

/// Average precision of each class on softmax scores, items one by one (among equal scores the earlier sample first);
/// a class without relevant sample counts as 0 in the mean over all classes. Fractions: the published code prints
/// percent. Same arguments and errors as mean_average_precision(); infinite scores are refused as by softmax().
/// Source: cal_map of AR-Net (Meng et al., ECCV 2020), used by AdaFocus. Here `each` holds 0 instead of NaN.
template <class T>
MeanAveragePrecision arnet_mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant,
                                                  AbsentClasses absent = AbsentClasses::kKeepColumns);

}  // namespace vs::metrics
