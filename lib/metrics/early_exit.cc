#include "lib/metrics/early_exit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "lib/core/error.h"
#include "lib/metrics/ranking_internal.h"

namespace vs::metrics {
namespace {

/// sum p ln p of a softmax, computed in double: with z = logit - largest, sum(e^z z) / sum(e^z) - ln sum(e^z).
float negative_entropy(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0, weighted = 0;
  for (const float logit : logits) {
    const double z = static_cast<double>(logit) - largest;
    const double share = std::exp(z);
    sum += share;
    weighted += share * z;  // exp(z) reaches 0 long before z leaves the finite numbers
  }
  return static_cast<float>(weighted / sum - std::log(sum));
}

void check_confidences(std::span<const float> confidences, size_t num_stages) {
  if (num_stages == 0 || confidences.size() % num_stages != 0) {
    throw DataError("early exit", fmt::format("{} confidences for {} stages", confidences.size(), num_stages));
  }
  const auto bad = std::find_if(confidences.begin(), confidences.end(), [](float value) { return std::isnan(value); });
  if (bad == confidences.end()) return;
  const auto index = static_cast<size_t>(bad - confidences.begin());
  throw DataError(fmt::format("sample {}", index / num_stages),
                  fmt::format("confidence of stage {} is not a number", index % num_stages));
}

void check_costs(std::span<const double> gflops_at_stage, int64_t num_stages) {
  if (static_cast<int64_t>(gflops_at_stage.size()) != num_stages) {
    throw DataError("early exit", fmt::format("costs of {} stages for {} stages", gflops_at_stage.size(), num_stages));
  }
}

ExitPoint measure_point(const StageLogits& test, std::vector<int64_t> stages, std::span<const double> gflops_at_stage,
                        const ScoreMetric& metric) {
  ExitPoint point;
  point.exit_stage = std::move(stages);
  point.exits = count_exits(point.exit_stage, test.num_stages);
  point.gflops = expected_gflops(point.exits, gflops_at_stage);
  const std::vector<float> scores = logits_at_exit(test, point.exit_stage);
  point.metric = metric(Scores<float>{scores, test.num_classes, test.names});
  return point;
}

}  // namespace

std::vector<float> exit_confidences(const StageLogits& logits, ExitConfidence kind) {
  if (logits.num_stages < 1 || logits.num_classes < 1 ||
      logits.values.size() % static_cast<size_t>(logits.num_stages * logits.num_classes) != 0) {
    throw DataError("early exit", fmt::format("{} logits for {} stages of {} classes", logits.values.size(),
                                              logits.num_stages, logits.num_classes));
  }
  std::vector<float> confidences;
  confidences.reserve(logits.values.size() / static_cast<size_t>(logits.num_classes));
  for (int64_t video = 0; video < logits.num_videos(); ++video) {
    for (int64_t stage = 0; stage < logits.num_stages; ++stage) {
      const auto row = logits.at(video, stage);
      if (!std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); })) {
        throw DataError(sample_name(logits.names, video), fmt::format("a logit of stage {} is not finite", stage));
      }
      confidences.push_back(kind == ExitConfidence::kMaxLogit ? *std::max_element(row.begin(), row.end())
                                                              : negative_entropy(row));
    }
  }
  return confidences;
}

std::vector<double> published_exit_budgets() {
  constexpr int kFirst = 5, kLast = 39;
  std::vector<double> budgets;
  for (int tenths = kFirst; tenths <= kLast; ++tenths) budgets.push_back(tenths / 10.0);
  return budgets;
}

std::vector<float> exit_shares(double p, int64_t num_stages) {
  if (!std::isfinite(p) || !(static_cast<float>(p) > 0)) {
    throw UsageError("early exit", fmt::format("p is {}", p), "must be above 0");
  }
  if (num_stages < 1) throw UsageError("early exit", fmt::format("{} stages", num_stages), "at least 1 is needed");
  constexpr float kLargestExponent = 80;  // of what float32 holds
  const float log_p = std::log(static_cast<float>(p));
  const float last = static_cast<float>(num_stages) * log_p;
  const float shift = last > kLargestExponent ? last : 0;
  std::vector<float> shares;
  float sum = 0;
  for (int64_t k = 1; k <= num_stages; ++k) {
    shares.push_back(std::exp(static_cast<float>(k) * log_p - shift));
    sum += shares.back();
  }
  for (float& share : shares) share /= sum;
  return shares;
}

ExitThresholds exit_thresholds(std::span<const float> confidences, std::span<const float> shares) {
  const size_t num_stages = shares.size();
  check_confidences(confidences, num_stages);
  const size_t num_videos = confidences.size() / num_stages;
  ExitThresholds thresholds;
  thresholds.values.assign(num_stages, ExitThresholds::kNever);
  thresholds.is_set.assign(num_stages, 0);
  std::vector<uint8_t> gone(num_videos, 0);
  size_t left = num_videos;
  for (size_t stage = 0; stage + 1 < num_stages; ++stage) {
    // Compared before it is converted: a share may be any number.
    const float wanted = std::floor(static_cast<float>(num_videos) * shares[stage]);
    if (!(wanted >= 1) || wanted > static_cast<float>(left)) continue;
    auto to_go = static_cast<size_t>(wanted);
    left -= to_go;
    const auto of_stage = column(confidences, static_cast<int64_t>(num_stages), static_cast<int64_t>(stage));
    for (const uint32_t video : falling_order(std::span<const float>(of_stage))) {
      if (gone[video] != 0) continue;
      gone[video] = 1;
      if (--to_go > 0) continue;
      thresholds.values[stage] = of_stage[video];
      thresholds.is_set[stage] = 1;
      break;
    }
  }
  thresholds.values.back() = ExitThresholds::kAlways;
  return thresholds;
}

std::vector<int64_t> exit_stages(std::span<const float> confidences, const ExitThresholds& thresholds) {
  const size_t num_stages = thresholds.values.size();
  check_confidences(confidences, num_stages);
  std::vector<int64_t> stages;
  for (size_t first = 0; first < confidences.size(); first += num_stages) {
    size_t stage = 0;
    while (stage + 1 < num_stages && !(confidences[first + stage] >= thresholds.values[stage])) ++stage;
    stages.push_back(static_cast<int64_t>(stage));
  }
  return stages;
}

std::vector<int64_t> count_exits(std::span<const int64_t> stages, int64_t num_stages) {
  std::vector<int64_t> exits(static_cast<size_t>(std::max<int64_t>(0, num_stages)), 0);
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i] < 0 || stages[i] >= num_stages) {
      throw DataError(fmt::format("sample {}", i), fmt::format("exit {} is not in 0..{}", stages[i], num_stages - 1));
    }
    ++exits[static_cast<size_t>(stages[i])];
  }
  return exits;
}

double expected_gflops(std::span<const int64_t> exits, std::span<const double> gflops_at_stage) {
  check_costs(gflops_at_stage, static_cast<int64_t>(exits.size()));
  const auto total = std::accumulate(exits.begin(), exits.end(), int64_t{0});
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (size_t k = 0; k < exits.size(); ++k) sum += static_cast<double>(exits[k]) * gflops_at_stage[k];
  return sum / static_cast<double>(total);
}

std::vector<float> logits_at_exit(const StageLogits& logits, std::span<const int64_t> stages) {
  if (static_cast<int64_t>(stages.size()) != logits.num_videos()) {
    throw DataError("early exit", fmt::format("exits of {} videos for {} videos", stages.size(), logits.num_videos()));
  }
  count_exits(stages, logits.num_stages);  // refuses stages that are not there
  std::vector<float> scores;
  scores.reserve(stages.size() * static_cast<size_t>(logits.num_classes));
  for (size_t i = 0; i < stages.size(); ++i) {
    const auto row = logits.at(static_cast<int64_t>(i), stages[i]);
    scores.insert(scores.end(), row.begin(), row.end());
  }
  return scores;
}

std::vector<ExitPoint> budgeted_curve(const StageLogits& train, const StageLogits& test, ExitConfidence kind,
                                      std::span<const double> budgets, std::span<const double> gflops_at_stage,
                                      const ScoreMetric& metric) {
  if (train.num_stages != test.num_stages || train.num_classes != test.num_classes) {
    throw DataError("early exit",
                    fmt::format("thresholds of {} stages and {} classes for {} stages and {} classes", train.num_stages,
                                train.num_classes, test.num_stages, test.num_classes),
                    "both must be of the same model");
  }
  check_costs(gflops_at_stage, test.num_stages);
  const std::vector<float> sure_train = exit_confidences(train, kind);
  const std::vector<float> sure_test = exit_confidences(test, kind);
  std::vector<ExitPoint> curve;
  for (const double p : budgets) {
    std::vector<float> shares = exit_shares(p, test.num_stages);
    ExitThresholds thresholds = exit_thresholds(sure_train, shares);
    ExitPoint point = measure_point(test, exit_stages(sure_test, thresholds), gflops_at_stage, metric);
    point.p = p;
    point.shares = std::move(shares);
    point.thresholds = std::move(thresholds);
    curve.push_back(std::move(point));
  }
  return curve;
}

std::vector<ExitPoint> anytime_curve(const StageLogits& test, std::span<const double> gflops_at_stage,
                                     const ScoreMetric& metric) {
  check_costs(gflops_at_stage, test.num_stages);
  std::vector<ExitPoint> curve;
  for (int64_t stage = 0; stage < test.num_stages; ++stage) {
    std::vector<int64_t> stages(static_cast<size_t>(test.num_videos()), stage);
    curve.push_back(measure_point(test, std::move(stages), gflops_at_stage, metric));
    curve.back().p = static_cast<double>(stage + 1);
  }
  return curve;
}

double adafocus_gflops_per_frame(AdaFocusGlance glance, int64_t patch_size) {
  constexpr int64_t kFrameSize = 224;
  constexpr double kWholeFrame = 4.087136256;  // ResNet-50 on 224 x 224, without its last layer
  constexpr double kMobileNetV2 = 0.350266914, kResNet50 = 0.796702658;
  if (patch_size < 1 || patch_size > kFrameSize) {
    throw UsageError("early exit", fmt::format("patch size {} is not in 1..{}", patch_size, kFrameSize));
  }
  const double side = static_cast<double>(patch_size) / static_cast<double>(kFrameSize);
  return (glance == AdaFocusGlance::kMobileNetV2 ? kMobileNetV2 : kResNet50) + kWholeFrame * side * side;
}

}  // namespace vs::metrics
