// Early exit: a video stops at the first stage that is sure enough, and how sure that is follows from a budget.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "lib/metrics/scores.h"

namespace vs::metrics {

/// How sure a stage is of its prediction.
enum class ExitConfidence {
  kMaxLogit,         ///< largest logit, not a probability (the published choice)
  kNegativeEntropy,  ///< sum of p ln p over the classes, at most 0; 0 ln 0 = 0
};

/// Logits of every stage: of the first k frames for stage k. values [num_videos, num_stages, num_classes].
/// names as in Scores.
struct StageLogits {
  std::span<const float> values;
  int64_t num_stages = 1;
  int64_t num_classes = 1;
  std::span<const std::string> names = {};

  int64_t num_videos() const {
    const int64_t row = num_stages * num_classes;
    return row > 0 ? static_cast<int64_t>(values.size()) / row : 0;
  }
  std::span<const float> at(int64_t video, int64_t stage) const {
    return values.subspan(static_cast<size_t>((video * num_stages + stage) * num_classes),
                          static_cast<size_t>(num_classes));
  }
};

/// Confidence of every stage, [num_videos, num_stages]. Throws DataError naming video and stage for a logit that is not
/// finite, or if the sizes do not fit.
std::vector<float> exit_confidences(const StageLogits& logits, ExitConfidence kind);

/// The 35 published values of p: 0.5, 0.6, ..., 3.9.
std::vector<double> published_exit_budgets();

/// Share of the videos that shall exit at each stage: in proportion to p^k, k = 1..num_stages; float32 as published.
/// A large p spends more. p finite and above 0, num_stages >= 1, else UsageError. Returns [num_stages], sum 1.
std::vector<float> exit_shares(double p, int64_t num_stages);

/// A video exits at a stage whose confidence is at least its threshold. Both [num_stages].
struct ExitThresholds {
  std::vector<float> values;    ///< kNever where nobody exits, kAlways at the last stage
  std::vector<uint8_t> is_set;  ///< 1: a confidence of the training videos

  static constexpr float kNever = 1e8F, kAlways = -1e8F;
};

/// Thresholds so that of the n training videos floor(n * share) exit at each stage but the last.
///
/// Stage by stage, among the videos that have not exited: the confidence of the floor(n * share)-th surest is the
/// threshold, and that many exit (of equal ones the earlier videos first); where that is 0, or more than are left,
/// nobody does. n * share is rounded to float32, as published. confidences [n, num_stages] with num_stages =
/// shares.size(). Throws DataError for NaN (naming the video) or a size that does not fit.
/// Source: AdaFocusV2's early exit, after MSDNet (Huang et al., ICLR 2018).
ExitThresholds exit_thresholds(std::span<const float> confidences, std::span<const float> shares);

/// The stage (from 0) at which each video exits: the first that is sure enough, else the last. Same sizes and errors.
std::vector<int64_t> exit_stages(std::span<const float> confidences, const ExitThresholds& thresholds);

/// Videos that exit at each stage, [num_stages]. Throws DataError for a stage outside.
std::vector<int64_t> count_exits(std::span<const int64_t> stages, int64_t num_stages);

/// Mean cost of a video: sum over stages of share of exits times the cost up to there. gflops_at_stage [num_stages],
/// rising. NaN without videos.
double expected_gflops(std::span<const int64_t> exits, std::span<const double> gflops_at_stage);

/// Logits of each video at its own stage, [num_videos, num_classes].
std::vector<float> logits_at_exit(const StageLogits& logits, std::span<const int64_t> stages);

/// A measure of scores [num_videos, num_classes], such as mAP.
using ScoreMetric = std::function<double(const Scores<float>& scores)>;

/// One point of a curve of accuracy against cost.
struct ExitPoint {
  double p = 0;  ///< budget; in an anytime curve the stage from 1
  double gflops = 0;
  double metric = 0;
  std::vector<float> shares;        ///< empty in an anytime curve
  ExitThresholds thresholds;        ///< empty in an anytime curve
  std::vector<int64_t> exit_stage;  ///< [num_videos] from 0
  std::vector<int64_t> exits;       ///< [num_stages]
};

/// Budgeted batch classification: a point for each p, thresholds from `train`, metric and cost on `test`.
/// Throws DataError if stages or classes of the two differ, or the costs have another length; UsageError as
/// exit_shares().
std::vector<ExitPoint> budgeted_curve(const StageLogits& train, const StageLogits& test, ExitConfidence kind,
                                      std::span<const double> budgets, std::span<const double> gflops_at_stage,
                                      const ScoreMetric& metric);

/// Anytime classification: every video stops at the same stage; a point a stage.
std::vector<ExitPoint> anytime_curve(const StageLogits& test, std::span<const double> gflops_at_stage,
                                     const ScoreMetric& metric);

/// The glance network of AdaFocusV2.
enum class AdaFocusGlance { kMobileNetV2, kResNet50 };

/// GFLOPs (multiply-adds) of a frame of AdaFocusV2 at 224 x 224 with ResNet-50 on patches of patch_size x patch_size,
/// as its early exit counts them: a constant of the glance network and 4.087136256 * (patch_size / 224)^2.
///
/// Equals the published constants at 96, 128, 160 and 192 and holds for any size in [1, 224] (UsageError outside).
double adafocus_gflops_per_frame(AdaFocusGlance glance, int64_t patch_size);

}  // namespace vs::metrics
