#include "lib/evaluate/rescoring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/core/text.h"
#include "lib/evaluate/metric_report.h"
#include "lib/evaluate/run_options.h"
#include "lib/evaluate/score_output.h"
#include "lib/evaluate/score_pictures.h"
#include "lib/jobs/annot/reading.h"
#include "lib/metrics/comparison.h"
#include "lib/store/json.h"

namespace vs::evaluate {
namespace {

using store::Json;

std::vector<ScoreSet> read_all(const cli::ParsedOptions& parsed) {
  const ScoreReading reading = read_score_reading(parsed);
  std::vector<ScoreSet> sets;
  for (const auto& path : parsed.positionals()) sets.push_back(read_score_set(path, reading));
  return sets;
}

std::vector<double> coefficients_of(const cli::ParsedOptions& parsed, size_t files) {
  if (!parsed.has("coefficients")) return std::vector<double>(files, 1.0);
  std::vector<double> coefficients;
  for (const auto word : split(parsed.text("coefficients"), ',')) {
    const auto number = parse_real(trim(word));
    if (!number) throw UsageError("--coefficients", fmt::format("\"{}\" is no number", printable(word)));
    coefficients.push_back(*number);
  }
  if (coefficients.size() != files)
    throw UsageError("--coefficients", fmt::format("{} numbers for {} files", coefficients.size(), files));
  return coefficients;
}

/// Metrics of files side by side.
std::string side_by_side(const std::vector<MetricReport>& reports) {
  std::string text;
  for (size_t i = 0; i < reports.size(); ++i) text += fmt::format("[{}] {}\n", i + 1, reports[i].scores);
  text += fmt::format("{:<28}", "");
  for (size_t i = 0; i < reports.size(); ++i) text += fmt::format(" {:>9}", fmt::format("[{}]", i + 1));
  text += '\n';
  for (const Metric& metric : reports.front().metrics) {
    text += fmt::format("{:<28}", metric.name);
    for (const auto& report : reports) {
      const auto found = std::find_if(report.metrics.begin(), report.metrics.end(),
                                      [&](const Metric& one) { return one.name == metric.name; });
      text += found == report.metrics.end() ? fmt::format(" {:>9}", "-") : fmt::format(" {:>9.4f}", found->value);
    }
    text += '\n';
  }
  text += fmt::format("{:<28}", "GMACs a video");
  for (const auto& report : reports)
    text +=
        std::isfinite(report.mean_gflops) ? fmt::format(" {:>9.3f}", report.mean_gflops) : fmt::format(" {:>9}", "-");
  text += fmt::format("\n{:<28}", "videos");
  for (const auto& report : reports) text += fmt::format(" {:>9}", report.num_videos);
  return text + '\n';
}

void show_all(const std::vector<MetricReport>& reports, const cli::ParsedOptions& parsed,
              const cli::ProgramContext& context) {
  if (parsed.has("save-metrics")) {
    if (reports.size() > 1) throw UsageError("--save-metrics", "holds the metrics of one file", "give one, or --json");
    store::write_document(parsed.text("save-metrics"), "metrics", reports.front().document());
  }
  if (reports.size() == 1) return show_report(reports.front(), context);
  if (!context.json()) return context.print(side_by_side(reports));
  for (const auto& report : reports) context.print(store::json_line(report.document()) + "\n");
}

}  // namespace

ScoreReading read_score_reading(const cli::ParsedOptions& parsed) {
  ScoreReading reading;
  const jobs::AnnotReading annotations = jobs::read_annot_reading(parsed, false);
  reading.annotations = parsed.text_or("annotations", "");
  reading.annotation_format = annotations.format;
  reading.annotation_reading = annotations.options;
  const std::string average = parsed.text_or("average-clips", "");
  if (average == "prob") reading.average = store::RowAverage::kProb;
  if (average == "score") reading.average = store::RowAverage::kScore;
  if (average == "none") reading.average = store::RowAverage::kNone;
  return reading;
}

std::vector<std::string> inputs_of(const cli::ParsedOptions& parsed, const std::vector<std::string>& options) {
  std::vector<std::string> inputs = parsed.positionals();
  for (const auto& name : options) {
    if (parsed.has(name)) inputs.push_back(parsed.text(name));
  }
  return inputs;
}

int score_files(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const MetricOptions options = read_metric_options(parsed);
  const std::vector<ScoreSet> sets = read_all(parsed);
  std::vector<MetricReport> reports;
  for (const auto& set : sets) {
    reports.push_back(make_report(set, options));
    if (parsed.flag("per-class")) add_classes(reports.back(), set);
  }
  draw_score_pictures(sets, reports, parsed);
  show_all(reports, parsed, context);
  return kExitDone;
}

int fuse_files(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  std::vector<ScoreSet> sets = read_all(parsed);
  if (sets.size() < 2) throw UsageError("fuse", "needs two files or more");
  for (size_t i = 1; i < sets.size(); ++i) align(sets.front(), sets[i]);
  std::vector<metrics::Scores<float>> views;
  for (const auto& set : sets) views.push_back(set.view());
  const auto sum = metrics::weighted_scores<float>(
      views, coefficients_of(parsed, sets.size()),
      parsed.flag("softmax") ? metrics::FusionInput::kSoftmax : metrics::FusionInput::kScoresAsTheyAre);
  ScoreSet fused = sets.front();
  fused.scores.assign(sum.begin(), sum.end());
  fused.info.kind = store::ScoreKind::kLogits;
  fused.info.average = store::RowAverage::kNone;
  fused.info.recipe.clear();
  for (size_t v = 0; v < fused.gflops.size(); ++v) {
    for (size_t i = 1; i < sets.size(); ++i) fused.gflops[v] += sets[i].gflops[v];
  }
  if (parsed.has("output")) {
    fused.path = parsed.text("output");
    write_score_set(fused.path, fused, parsed, inputs_of(parsed, {"annotations"}), parsed.flag("force"));
  }
  show_all({make_report(fused, read_metric_options(parsed))}, parsed, context);
  return kExitDone;
}

int average_again(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const std::vector<ScoreSet> sets = read_all(parsed);
  ScoreSet again = sets.front();
  if (again.info.average == store::RowAverage::kProb) again.info.kind = store::ScoreKind::kProbabilities;
  if (parsed.has("output")) {
    again.path = parsed.text("output");
    write_score_set(again.path, again, parsed, inputs_of(parsed, {"annotations"}), parsed.flag("force"));
  }
  show_all({make_report(again, read_metric_options(parsed))}, parsed, context);
  return kExitDone;
}

int compare_files(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  std::vector<ScoreSet> sets = read_all(parsed);
  ScoreSet &first = sets[0], &second = sets[1];
  align(first, second);
  const MetricOptions options = read_metric_options(parsed);
  const int64_t resamples = options.num_resamples > 0 ? options.num_resamples : 1000;
  Json document{
      {"schema", "vs.comparison/1"}, {"first", first.path}, {"second", second.path}, {"videos", first.num_videos()}};
  std::string text;
  if (first.has_single_labels()) {
    const auto paired = metrics::compare_top1(first.view(), second.view(), first.single_labels());
    document["top1"] = {{"first", paired.first_accuracy},       {"second", paired.second_accuracy},
                        {"both_right", paired.both_right},      {"only_first", paired.only_first},
                        {"only_second", paired.only_second},    {"both_wrong", paired.both_wrong},
                        {"mcnemar_exact_p", paired.test.exact}, {"mcnemar_mid_p", paired.test.mid_p}};
    text += fmt::format(
        "top1_acc {:.4f} and {:.4f}: {} videos right in the first alone, {} in the second alone, {} in "
        "both, {} in none\nMcNemar's test: p {:.4g} (exact), {:.4g} (mid-p)\n",
        paired.first_accuracy, paired.second_accuracy, paired.only_first, paired.only_second, paired.both_right,
        paired.both_wrong, paired.test.exact, paired.test.mid_p);
    Json changed = Json::array();
    text += fmt::format("{} videos are predicted differently{}\n", paired.changed.size(),
                        paired.changed.empty() ? "" : ":");
    for (const auto& one : paired.changed) {
      const auto name = [&](int64_t label) { return class_name(first.info.class_names, label); };
      const auto& id = first.ids[static_cast<size_t>(one.sample)];
      changed.push_back({{"video", id}, {"label", one.label}, {"first", one.first}, {"second", one.second}});
      text += fmt::format("{}\t{} -> {} ({})\n", id, name(one.first), name(one.second), name(one.label));
    }
    document["changed"] = std::move(changed);
  } else {
    const auto difference = metrics::compare_mean_average_precision(first.view(), second.view(), first.relevant(),
                                                                    {resamples, options.seed, options.threads});
    const auto interval = difference.interval(options.confidence);
    document["mean_average_precision"] = {{"difference", difference.value},
                                          {"interval", {interval.low, interval.high}},
                                          {"confidence", options.confidence},
                                          {"p", difference.p_of_zero()}};
    text +=
        fmt::format("mean_average_precision, second minus first: {:+.4f} [{:+.4f}, {:+.4f}] at {:g} %, p {:.4g}\n",
                    difference.value, interval.low, interval.high, 100 * options.confidence, difference.p_of_zero());
  }
  context.print(context.json() ? store::json_document(document) : text);
  return kExitDone;
}

}  // namespace vs::evaluate
