#include "lib/evaluate/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/evaluate/metric_report.h"
#include "lib/evaluate/score_origin.h"
#include "lib/plot/scatter_chart.h"

namespace vs::evaluate {
namespace {

std::vector<std::string> names_of(const std::vector<Metric>& metrics) {
  std::vector<std::string> names;
  for (const auto& metric : metrics) names.push_back(metric.name);
  return names;
}

template <typename Value>
metrics::Spread spread_over(const std::vector<ReportRun>& runs, Value&& value) {
  std::vector<double> values;
  for (const auto& run : runs) values.push_back(value(run));
  return metrics::spread_of(values);
}

ReportRow row_of(const OutlineSystem& system, std::vector<ReportRun> runs) {
  ReportRow row{
      .name = system.name, .runs = std::move(runs), .metrics = {}, .first_less = {}, .gflops = {}, .seconds = {}};
  for (size_t m = 0; m < row.runs.front().metrics.size(); ++m)
    row.metrics.push_back(spread_over(row.runs, [&](const ReportRun& run) { return run.metrics[m].value; }));
  row.gflops = spread_over(row.runs, [](const ReportRun& run) { return run.gflops; });
  row.seconds = spread_over(row.runs, [](const ReportRun& run) { return run.seconds; });
  return row;
}

std::vector<double> firsts_of(const ReportRow& row) {
  std::vector<double> values;
  for (const auto& run : row.runs) values.push_back(run.metrics.front().value);
  return values;
}

/// Runs are paired if each of one row has its own partner in the other, made from the same networks.
metrics::MeanDifference compare(const ReportRow& first, const ReportRow& second) {
  std::vector<double> partners;
  for (const auto& run : first.runs) {
    const auto same = [&](const ReportRun& other) { return !run.weights.empty() && other.weights == run.weights; };
    if (std::count_if(second.runs.begin(), second.runs.end(), same) != 1 ||
        std::count_if(first.runs.begin(), first.runs.end(), same) != 1)
      break;
    partners.push_back(std::find_if(second.runs.begin(), second.runs.end(), same)->metrics.front().value);
  }
  if (partners.size() == first.runs.size() && partners.size() == second.runs.size())
    return metrics::paired_difference(firsts_of(first), partners);
  return metrics::difference_of_means(first.metrics.front(), second.metrics.front());
}

void check_all_shown(const Outline& outline, const std::vector<ReportRun>& runs) {
  for (const auto& run : runs) {
    const bool shown = std::any_of(outline.sections.begin(), outline.sections.end(), [&](const auto& section) {
      return std::any_of(section.systems.begin(), section.systems.end(),
                         [&](const auto& system) { return system.recipe == run.recipe; });
    });
    if (!shown) throw DataError(run.path, fmt::format("no section of the outline names its recipe, {}", run.recipe));
  }
}

}  // namespace

ReportRun read_report_run(const std::string& path, const ScoreReading& reading, const MetricOptions& options) {
  const ScoreSet scores = read_score_set(path, reading);
  MetricReport report = make_report(scores, options);
  if (report.metrics.empty()) throw DataError(path, "has no labels, so there is nothing to report");
  return {.path = path,
          .recipe = experiment_name(scores),
          .metrics = std::move(report.metrics),
          .gflops = report.mean_gflops,
          .seconds = seconds_per_video(path),
          .weights = weights_behind(path)};
}

std::vector<ReportSection> arrange_runs(const Outline& outline, const std::vector<ReportRun>& runs) {
  check_all_shown(outline, runs);
  std::vector<ReportSection> sections;
  for (const auto& planned : outline.sections) {
    ReportSection section{planned.title, planned.text, {}, {}};
    for (const auto& system : planned.systems) {
      std::vector<ReportRun> own;
      std::copy_if(runs.begin(), runs.end(), std::back_inserter(own),
                   [&](const ReportRun& run) { return run.recipe == system.recipe; });
      if (own.empty()) continue;
      if (section.rows.empty()) section.metrics = names_of(own.front().metrics);
      for (const auto& run : own) {
        if (names_of(run.metrics) == section.metrics) continue;
        throw DataError(run.path,
                        fmt::format("its metrics are not those of {}",
                                    section.rows.empty() ? own.front().path : section.rows.front().runs.front().path),
                        "name some that fit both, --metrics");
      }
      section.rows.push_back(row_of(system, std::move(own)));
      ReportRow& row = section.rows.back();
      row.first_less = compare(section.rows.front(), row);
    }
    if (!section.rows.empty()) sections.push_back(std::move(section));
  }
  return sections;
}

bool is_share(const std::string& metric) { return metric != "brier_score" && metric != "negative_log_likelihood"; }

std::string cost_chart(const ReportSection& section, bool time) {
  plot::ScatterChart chart;
  chart.title = time ? "Accuracy against time" : "Accuracy against cost";
  chart.x = time ? plot::Axis{.label = "time of the run", .unit = "ms a video"}
                 : plot::Axis{.label = "multiply-accumulates a video", .unit = "millions"};
  chart.x.low = 0;  // twice as far to the right is twice the cost
  const std::string& metric = section.metrics.front();
  const double scale = is_share(metric) ? 100 : 1;
  chart.y = {.label = metric, .unit = is_share(metric) ? "%" : ""};
  for (const auto& row : section.rows) {
    plot::ScatterGroup group{.name = row.name, .points = {}};
    for (const auto& run : row.runs) {
      const double x = 1000 * (time ? run.seconds : run.gflops);
      if (std::isfinite(x)) group.points.push_back({x, scale * run.metrics.front().value});
    }
    if (!group.points.empty()) chart.groups.push_back(std::move(group));
  }
  return chart.groups.empty() ? std::string() : plot::draw(chart);
}

}  // namespace vs::evaluate
