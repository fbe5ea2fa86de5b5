#include "lib/evaluate/exit_curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/evaluate/rescoring.h"
#include "lib/evaluate/score_origin.h"
#include "lib/evaluate/score_output.h"
#include "lib/evaluate/score_set.h"
#include "lib/metrics/accuracy.h"
#include "lib/metrics/average_precision.h"
#include "lib/metrics/early_exit.h"
#include "lib/plot/scatter_chart.h"
#include "lib/store/json.h"

namespace vs::evaluate {
namespace {

using store::Json;

metrics::StageLogits stages_of(const ScoreSet& set) {
  if (set.info.num_stages < 2 || set.stage_logits.empty())
    throw DataError(set.path, "holds no logits of stages",
                    "score a system that predicts after every frame, such as AdaFocusV2");
  return {set.stage_logits, set.info.num_stages, set.info.num_classes, set.ids};
}

metrics::ScoreMetric metric_named(const std::string& name, const ScoreSet& set) {
  if (name == "top1") {
    return [labels = set.single_labels()](const metrics::Scores<float>& scores) {
      return metrics::top_k_accuracy(scores, std::span<const int64_t>(labels), std::vector<int64_t>{1}).front();
    };
  }
  const bool arnet = name == "arnet_map";
  return [relevant = set.relevant(), arnet](const metrics::Scores<float>& scores) {
    return arnet ? metrics::arnet_mean_average_precision(scores, std::span<const uint8_t>(relevant)).mean
                 : metrics::mean_average_precision(scores, std::span<const uint8_t>(relevant)).mean;
  };
}

std::vector<double> budgets_of(const cli::ParsedOptions& parsed) {
  if (!parsed.has("budgets")) return metrics::published_exit_budgets();
  std::vector<double> budgets;
  for (const auto word : split(parsed.text("budgets"), ',')) {
    const auto number = parse_real(trim(word));
    if (!number) throw UsageError("--budgets", fmt::format("\"{}\" is no number", printable(word)));
    budgets.push_back(*number);
  }
  return budgets;
}

/// Every stage costs the same: the whole cost is that of the last.
std::vector<double> costs_of(const cli::ParsedOptions& parsed, const ScoreSet& set) {
  const double whole = parsed.has("gflops") ? parsed.real("gflops") : set.mean_gflops();
  if (!std::isfinite(whole))
    throw DataError(set.path, "does not say what a video costs", "--gflops N, for all of its stages");
  std::vector<double> costs;
  for (int64_t k = 1; k <= set.info.num_stages; ++k)
    costs.push_back(whole * static_cast<double>(k) / static_cast<double>(set.info.num_stages));
  return costs;
}

Json points_json(const std::vector<metrics::ExitPoint>& points, const char* what) {
  Json list = Json::array();
  for (const auto& point : points) {
    Json one{{what, point.p}, {"gflops", point.gflops}, {"metric", point.metric}, {"exits", point.exits}};
    if (!point.thresholds.values.empty()) one["thresholds"] = point.thresholds.values;
    list.push_back(std::move(one));
  }
  return list;
}

plot::ScatterGroup group_of(const std::string& name, const std::vector<metrics::ExitPoint>& points) {
  plot::ScatterGroup group{.name = name, .points = {}, .joined = true};
  for (const auto& point : points) group.points.push_back({point.gflops, point.metric, fmt::format("{:g}", point.p)});
  return group;
}

/// Scores of the stage at which each video leaves, each with its own cost.
void write_exits(const metrics::ExitPoint& point, const ScoreSet& test, const std::vector<double>& costs,
                 const cli::ParsedOptions& parsed) {
  ScoreSet left = test;
  left.path = parsed.text("output");
  left.scores = metrics::logits_at_exit(stages_of(test), point.exit_stage);
  left.info.kind = store::ScoreKind::kLogits;
  left.info.recipe = fmt::format("{}-exit-{:g}", experiment_name(test), point.p);
  for (size_t v = 0; v < left.gflops.size(); ++v) left.gflops[v] = costs[static_cast<size_t>(point.exit_stage[v])];
  write_score_set(left.path, left, parsed, inputs_of(parsed, {"train", "annotations"}), parsed.flag("force"));
}

}  // namespace

int exit_curves(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const std::vector<double> budgets = budgets_of(parsed);
  if (parsed.has("output") && budgets.size() != 1)
    throw UsageError("--output", fmt::format("holds the scores for one budget, --budgets names {}", budgets.size()));
  const ScoreReading reading = read_score_reading(parsed);
  const ScoreSet test = read_score_set(parsed.positionals().front(), reading);
  ScoreReading plain;
  plain.average = reading.average;
  const ScoreSet train = read_score_set(parsed.text("train"), plain);
  const std::string name = parsed.has("metric")       ? parsed.text("metric")
                           : test.has_single_labels() ? std::string("top1")
                                                      : std::string("mean_average_precision");
  const auto kind = parsed.text("measure") == "entropy" ? metrics::ExitConfidence::kNegativeEntropy
                                                        : metrics::ExitConfidence::kMaxLogit;
  const auto costs = costs_of(parsed, test);
  const auto metric = metric_named(name, test);
  const auto budgeted = metrics::budgeted_curve(stages_of(train), stages_of(test), kind, budgets, costs, metric);
  const auto anytime = metrics::anytime_curve(stages_of(test), costs, metric);
  if (parsed.has("output")) write_exits(budgeted.front(), test, costs, parsed);
  if (parsed.has("plot")) {
    plot::ScatterChart chart;
    chart.title = "Early exit";
    chart.subtitle = test.path;
    chart.x = {.label = "cost", .unit = "GMACs a video"};
    chart.y = {.label = name};
    chart.groups = {group_of("budgeted", budgeted), group_of("anytime", anytime)};
    write_file_atomically(parsed.text("plot"), plot::draw(chart));
  }
  if (context.json()) {
    context.print(store::json_document({{"schema", "vs.exit_curves/1"},
                                        {"scores", test.path},
                                        {"train", train.path},
                                        {"metric", name},
                                        {"budgeted", points_json(budgeted, "p")},
                                        {"anytime", points_json(anytime, "stage")}}));
    return kExitDone;
  }
  std::string text = fmt::format("{:>6} {:>9} {:>9}   ({} of {} videos; thresholds from {})\n", "p", "GMACs",
                                 name.substr(0, 9), name, test.num_videos(), train.path);
  for (const auto& point : budgeted)
    text += fmt::format("{:>6.1f} {:>9.3f} {:>9.4f}\n", point.p, point.gflops, point.metric);
  text += fmt::format("\n{:>6} {:>9} {:>9}\n", "stage", "GMACs", name.substr(0, 9));
  for (const auto& point : anytime)
    text += fmt::format("{:>6.0f} {:>9.3f} {:>9.4f}\n", point.p, point.gflops, point.metric);
  context.print(text);
  return kExitDone;
}

}  // namespace vs::evaluate
