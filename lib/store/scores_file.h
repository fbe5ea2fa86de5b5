// Score files (`vs.scores/1`): what a network said of many videos, clip by clip, so that metrics need no network.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/store/item_run.h"

namespace vs::store {

/// What the values of a score file are.
enum class ScoreKind {
  kLogits,         ///< before softmax
  kProbabilities,  ///< after it
};

/// How the rows of a video become one: what the recipe says, and what re-scoring does unless told otherwise.
enum class RowAverage {
  kProb,   ///< mean of the rows' softmax
  kScore,  ///< mean of the rows as they are
  kNone,   ///< a row is a prediction of its own
};

/// What holds for a whole file.
struct ScoresInfo {
  int64_t num_classes = 0;
  ScoreKind kind = ScoreKind::kLogits;        ///< root attribute `values`: "logits" or "probabilities"
  RowAverage average = RowAverage::kProb;     ///< root attribute `average`: "prob", "score" or "none"
  std::vector<std::string> class_names = {};  ///< by class number, or empty; their hash is root attribute `classes`
  std::string recipe = {};                    ///< name; root attribute `recipe`
  std::string parameters = "{}";              ///< the recipe as it ran, a JSON object as text; root attribute
  int64_t num_stages = 0;                     ///< of stage_logits; 0: none are kept
  bool has_picks = false;                     ///< frames that were looked at are kept
  int64_t patch_size = 0;                     ///< side of the patches that were looked at, in pixels; 0: whole frames
};

/// One video. Scores are finite.
struct VideoScores {
  std::string video_id;
  std::vector<float> scores;         ///< [rows, num_classes], at least one row: clips times crops, or the video itself
  std::vector<int64_t> labels = {};  ///< in [0, num_classes); empty: unlabelled
  /// What the network spent on this video, in GFLOPs = 10^9 multiply-adds; NaN: not known.
  double gflops = std::numeric_limits<double>::quiet_NaN();
  std::vector<int64_t> pick_counts = {};  ///< [rows], only with has_picks: frames that each row looked at
  std::vector<int64_t> pick_frames = {};  ///< 0-based, row after row; may repeat
  std::vector<float> pick_patches = {};   ///< [picks, 2], only with patch_size: y, x of the upper left corner in pixels
  std::vector<float> stage_logits = {};   ///< [num_stages, num_classes], only with num_stages
};

/// Hash of a list of class names, 64 hex digits; "" for an empty one. Files with equal hashes may be compared.
std::string class_names_hash(const std::vector<std::string>& names);
/// What must be equal in files that are joined into one.
nlohmann::ordered_json describe_scores(const ScoresInfo& info);

/// Writes a file. Datasets: scores [rows, classes] float32, offsets [videos+1] (rows of each video), video_id, gflops
/// [videos] float64, label_offsets [videos+1], labels, class_names. Only where ScoresInfo says so: pick_offsets
/// [rows+1], pick_frames [picks], pick_patches [picks, 2] float32, stage_logits [videos, stages, classes] float32.
class ScoresWriter {
 public:
  /// `key` decides whether a killed run goes on, see PackWriter. Throws UsageError if num_classes is below 1, names
  /// are neither none nor one a class, or patches are kept without picks.
  ScoresWriter(std::string path, const ScoresInfo& info, const nlohmann::ordered_json& key, bool force);
  ScoresWriter(ScoresWriter&&) noexcept;
  ScoresWriter& operator=(ScoresWriter&&) noexcept;
  ~ScoresWriter();

  uint64_t first() const;
  ItemRunResult before(const std::vector<Item>& items) const;
  /// Throws DataError naming the video if a score is not finite or a label is not of the class list. Sizes that do not
  /// fit are a std::logic_error.
  void add(const ItemOutcome& outcome, const VideoScores& video);
  void fail(const ItemOutcome& outcome, const std::string& reason);
  /// PackWriter::finish().
  void finish(const nlohmann::ordered_json& inner_manifest);
  /// PackWriter::done(): after the manifest beside the file.
  void done();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a file. Sizes and offsets are checked when it is opened, values when they are read. Several threads may read.
class ScoresFile {
 public:
  explicit ScoresFile(const std::string& path);
  ScoresFile(ScoresFile&&) noexcept;
  ScoresFile& operator=(ScoresFile&&) noexcept;
  ~ScoresFile();

  const ScoresInfo& info() const;
  int64_t num_videos() const;
  const std::vector<std::string>& video_ids() const;
  /// Position of a video, -1 if there is none of that id.
  int64_t find(const std::string& video_id) const;
  VideoScores video(int64_t video) const;

  /// First row of each video and the number of rows behind the last: [videos+1].
  const std::vector<int64_t>& offsets() const;
  /// All rows [rows, num_classes]. Throws DataError naming the video if a score is not finite.
  std::vector<float> scores() const;
  /// Labels of each video, [videos].
  std::vector<std::vector<int64_t>> labels() const;
  /// [videos], NaN where not known.
  const std::vector<double>& gflops() const;
  /// All stages [videos, num_stages, num_classes]; empty without. Throws DataError as scores().
  std::vector<float> stage_logits() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::store
