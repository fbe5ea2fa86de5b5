// Putting scores together: several files of one list, or several clips of one video.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/metrics/scores.h"

namespace vs::metrics {

/// Whether each file's scores go through softmax() before they are weighted.
enum class FusionInput { kScoresAsTheyAre, kSoftmax };

/// Sum over files of coefficient times scores, in double, in the order of the files.
///
/// files: at least one, all of one shape [num_samples, num_classes]; coefficients: one a file, finite, any sign.
/// Returns [num_samples, num_classes]. Throws UsageError if counts of files and coefficients differ, are 0, or a
/// coefficient is not finite; DataError if the shapes differ or a score is NaN (naming file and sample).
/// Source: get_weighted_score and report_accuracy of mmaction2.
template <class T>
std::vector<double> weighted_scores(std::span<const Scores<T>> files, std::span<const double> coefficients,
                                    FusionInput input = FusionInput::kScoresAsTheyAre);

/// How the clips (times crops) of a video become one row of scores.
enum class ClipAverage {
  kProb,   ///< mean of the clips' softmax
  kScore,  ///< mean of the scores
  kNone,   ///< left alone: every clip stays a row
};

/// Averages over the clips of each video. clips [num_videos * num_clips, num_classes], a video's clips together.
///
/// Sums run in double and are rounded once to T. Returns [num_videos, num_classes], or with kNone the scores as they
/// came. num_clips >= 1 (UsageError). Throws DataError if the rows are no multiple of num_clips, and for NaN (named).
/// Source: average_clip of mmaction2's recognizers.
template <class T>
std::vector<T> average_clips(const Scores<T>& clips, int64_t num_clips, ClipAverage average);

/// As above where videos differ in clips: video v has the rows offsets[v] to offsets[v + 1] - 1. A video without rows
/// is a DataError naming it (names: one a video, may be empty), as are offsets that do not rise from 0 to the rows
/// there are. `clips` are logits for kProb: where they are probabilities already, kScore gives the same mean.
template <class T>
std::vector<T> average_clips(const Scores<T>& clips, std::span<const int64_t> offsets, ClipAverage average,
                             std::span<const std::string> names = {});

}  // namespace vs::metrics
