// Scores of many videos in memory, from a score file or another program's export, with their labels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/annot/read.h"
#include "lib/metrics/fusion.h"
#include "lib/metrics/scores.h"
#include "lib/store/scores_file.h"

namespace vs::evaluate {

/// One row a video, averaged over its clips.
struct ScoreSet {
  std::string path;
  store::ScoresInfo info;                    ///< of an export: what can be known of one
  std::vector<std::string> ids;              ///< [videos]
  std::vector<float> scores;                 ///< [videos, classes], averaged as asked for
  std::vector<std::vector<int64_t>> labels;  ///< [videos]; empty: unlabelled
  std::vector<double> gflops;                ///< [videos], NaN where not known
  std::vector<float> stage_logits;           ///< [videos, stages, classes], empty without
  std::string label_source;                  ///< the annotation file, where labels are not the score file's own

  int64_t num_videos() const { return static_cast<int64_t>(ids.size()); }
  int64_t num_classes() const { return info.num_classes; }
  metrics::Scores<float> view() const { return {scores, info.num_classes, ids}; }
  /// True if every video has exactly one label.
  bool has_single_labels() const;
  bool has_labels() const;
  /// The label of each video, [videos]. Throws DataError naming a video that has none or several.
  std::vector<int64_t> single_labels() const;
  /// Labels as rows of 0 and 1, [videos, classes]. Throws DataError naming a video without label.
  std::vector<uint8_t> relevant() const;
  /// Mean over videos; NaN where one is not known.
  double mean_gflops() const;
};

/// How score files are read.
struct ScoreReading {
  /// Instead of what the file says.
  std::optional<store::RowAverage> average;
  /// Labels from here instead of the file's own; needed by exports that hold neither labels nor names.
  std::string annotations;
  std::optional<annot::Format> annotation_format;
  annot::ReadOptions annotation_reading;
};

/// Reads `vs.scores/1`, or a pickle or JSON export of the reference programs.
///
/// An export without names takes those of the annotations, line by line: counts must agree. Labels of an annotation
/// file are matched by the video's name. Throws DataError naming file and video where they do not fit: a video without
/// annotation, labels beyond the classes, other class names, several rows of a video where `average` says none.
ScoreSet read_score_set(const std::string& path, const ScoreReading& reading = {});

/// Rows of scores as one row a video. offsets: rows of each video, [videos + 1]. path: names the scores in errors.
/// Throws DataError naming a video that has several rows where `average` is kNone.
std::vector<float> average_rows(const std::string& path, const std::vector<float>& rows,
                                const std::vector<int64_t>& offsets, const std::vector<std::string>& ids,
                                int64_t num_classes, store::RowAverage average);

/// Throws DataError unless both have the same videos in any order and equal class lists; brings `second` into the order
/// of `first`.
void align(const ScoreSet& first, ScoreSet& second);

}  // namespace vs::evaluate
