// Scores as the reference programs leave them: a pickle or JSON list in the order of the annotations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vs::weights {

/// Scores of many videos, in the order of the file.
struct ScoreExport {
  int64_t num_classes = 0;
  std::vector<double> scores;                ///< [rows, num_classes]; finite
  std::vector<int64_t> offsets = {0};        ///< [videos + 1]: video v has the rows offsets[v] to offsets[v + 1] - 1
  std::vector<std::string> video_ids;        ///< [videos] where the file names them, else empty
  std::vector<std::vector<int64_t>> labels;  ///< [videos] where the file holds them, else empty

  int64_t num_videos() const { return static_cast<int64_t>(offsets.size()) - 1; }
};

/// Reads scores that another program exported: a list with one entry a video (an array or list [classes] or
/// [clips, classes]), one array [videos, classes] or [videos, clips, classes], an object of such entries by video name,
/// or mmaction2's list of results (its scores under `pred_score` or `pred_scores`, labels under `gt_label` or
/// `gt_labels`). As pickle (protocols 2 to 5; numpy arrays, PyTorch tensors or lists) or JSON. Nothing in a pickle is
/// run. Throws DataError naming the file, and the video by its place, if the file is another, holds no video, rows
/// differ in length, a score is not finite, or a label is negative.
/// Source: mmaction2's test program with --out (0.x) or --dump (1.x).
ScoreExport read_score_export(const std::string& path);

}  // namespace vs::weights
