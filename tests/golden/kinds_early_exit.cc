// Golden kinds of AdaFocusV2's evaluation: validation averages and early exit.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/metrics/accuracy.h"
#include "lib/metrics/average_precision.h"
#include "lib/metrics/early_exit.h"
#include "lib/metrics/validation.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

using metrics::Scores;
using metrics::StageLogits;

/// Logits [videos, stages, classes] that own their values, with the labels [videos, labels_per_video] of the videos.
struct Collected {
  std::vector<float> values;
  std::vector<int64_t> targets;
  int64_t num_stages = 0, num_classes = 0, labels_per_video = 0;

  Collected(const Case& c, const std::string& logits, const std::string& labels)
      : values(c.input<float>(logits)), targets(c.input<int64_t>(labels)) {
    const auto shape = c.input_shape(logits), label_shape = c.input_shape(labels);
    if (shape.size() != 3 || label_shape.size() != 2) throw DataError(c.path(), "inputs have other axes than expected");
    num_stages = static_cast<int64_t>(shape[1]);
    num_classes = static_cast<int64_t>(shape[2]);
    labels_per_video = static_cast<int64_t>(label_shape[1]);
  }
  StageLogits view() const { return {values, num_stages, num_classes}; }
};

bool is_top1(const Case& c) { return c.parameters().at("dataset").get<std::string>() == "minik"; }

/// mAP * 100 as published, or top-1 in percent.
metrics::ScoreMetric metric_of(const Case& c, const Collected& data) {
  const bool top1 = is_top1(c);
  return [top1, &data](const Scores<float>& scores) {
    if (!top1) {
      const auto relevant = metrics::multi_hot(data.targets, data.labels_per_video, data.num_classes);
      return 100 * metrics::arnet_mean_average_precision(scores, relevant, metrics::AbsentClasses::kRenumber).mean;
    }
    std::vector<int64_t> first;
    for (size_t i = 0; i < data.targets.size(); i += static_cast<size_t>(data.labels_per_video)) {
      first.push_back(data.targets[i]);
    }
    const std::vector<int64_t> ks = {1};
    return 100 * metrics::top_k_accuracy(scores, first, ks)[0];
  };
}

template <class To, class From>
void add_all(std::vector<To>& values, const std::vector<From>& more) {
  values.insert(values.end(), more.begin(), more.end());
}

void check_early_exit(const Case& c, Report& report) {
  const auto& parameters = c.parameters();
  const Collected train(c, "train_logits", "train_targets"), test(c, "val_logits", "val_targets");
  const auto glance_name = parameters.at("glance_arch").get<std::string>();
  const auto criterion = parameters.at("criterion").get<std::string>();
  if ((glance_name != "mbv2" && glance_name != "res50") || (criterion != "confidence" && criterion != "entropy")) {
    throw DataError(c.path(), "glance network \"" + glance_name + "\" or criterion \"" + criterion + "\" unknown");
  }
  const auto glance =
      glance_name == "mbv2" ? metrics::AdaFocusGlance::kMobileNetV2 : metrics::AdaFocusGlance::kResNet50;
  const auto kind =
      criterion == "confidence" ? metrics::ExitConfidence::kMaxLogit : metrics::ExitConfidence::kNegativeEntropy;
  const double frame = metrics::adafocus_gflops_per_frame(glance, parameters.at("patch_size").get<int64_t>());
  std::vector<double> costs;
  for (int64_t k = 1; k <= test.num_stages; ++k) costs.push_back(frame * static_cast<double>(k));

  const auto metric = metric_of(c, test);
  const auto curve =
      metrics::budgeted_curve(train.view(), test.view(), kind, metrics::published_exit_budgets(), costs, metric);
  std::vector<double> shares, thresholds, gflops, values;
  std::vector<int64_t> is_set, stages, exits;
  for (const metrics::ExitPoint& point : curve) {
    add_all(shares, point.shares);
    add_all(is_set, point.thresholds.is_set);
    for (size_t k = 0; k < point.thresholds.values.size(); ++k) {
      thresholds.push_back(point.thresholds.is_set[k] != 0 ? static_cast<double>(point.thresholds.values[k]) : 0.0);
    }
    add_all(stages, point.exit_stage);
    add_all(exits, point.exits);
    gflops.push_back(point.gflops);
    values.push_back(point.metric);
  }
  const uint64_t budgets = curve.size();
  const auto num_stages = static_cast<uint64_t>(test.num_stages);
  report.compare("probs", shares, {budgets, num_stages});
  report.compare("threshold", thresholds, {budgets, num_stages});
  report.compare("threshold_set", is_set, {budgets, num_stages});
  report.compare("exit_stage", stages, {budgets, static_cast<uint64_t>(test.view().num_videos())});
  report.compare("exits", exits, {budgets, num_stages});
  report.compare("gflops", gflops, {budgets});
  report.compare("metric", values, {budgets});
  const auto anytime = metrics::anytime_curve(test.view(), costs, metric);
  report.compare("gflops_total", std::vector<double>{anytime.back().gflops});
  report.compare("last_metric", std::vector<double>{anytime.back().metric});
}

void check_validate(const Case& c, Report& report) {
  const Collected data(c, "logits", "targets");
  const auto sizes = c.parameters().at("batch_sizes").get<std::vector<int64_t>>();
  report.check("the batches hold all videos",
               std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) == data.view().num_videos());
  const auto result =
      metrics::validate_prefixes(data.view(), data.targets, data.labels_per_video, metrics::AbsentClasses::kRenumber);
  report.compare("loss", std::vector<double>{result.loss});
  report.compare("top1", std::vector<double>{100 * result.top1});
  report.compare("top5", std::vector<double>{100 * result.top5});
  report.compare("map", std::vector<double>{100 * result.mean_average_precision});
  report.compare("selected", std::vector<double>{100 * (is_top1(c) ? result.top1 : result.mean_average_precision)});
}

}  // namespace

KindTable early_exit_kinds() {
  KindTable table;
  table.kinds = {{"adafocus.early_exit", check_early_exit}, {"adafocus.validate", check_validate}};
  return table;
}

}  // namespace vs::golden
