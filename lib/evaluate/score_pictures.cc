#include "lib/evaluate/score_pictures.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/evaluate/score_origin.h"
#include "lib/flops/report.h"
#include "lib/metrics/confusion.h"
#include "lib/plot/bar_chart.h"
#include "lib/plot/heat_map.h"
#include "lib/plot/scatter_chart.h"

namespace vs::evaluate {
namespace {

const ScoreSet& only(const std::vector<ScoreSet>& sets, const std::string& option) {
  if (sets.size() == 1) return sets.front();
  throw UsageError(option, fmt::format("shows one file, {} were given", sets.size()));
}

std::string cost_chart(const std::vector<ScoreSet>& sets, const std::vector<MetricReport>& reports, bool time) {
  plot::ScatterChart chart;
  chart.title = time ? "Accuracy against time" : "Accuracy against cost";
  chart.x = time ? plot::Axis{.label = "time of the run", .unit = "s a video"}
                 : plot::Axis{.label = "cost", .unit = "GMACs a video"};
  plot::ScatterGroup group;
  for (size_t i = 0; i < sets.size(); ++i) {
    if (reports[i].metrics.empty()) throw DataError(sets[i].path, "has no labels, so there is no accuracy to show");
    const double x = time ? seconds_per_video(sets[i].path) : reports[i].mean_gflops;
    if (!std::isfinite(x))
      throw DataError(sets[i].path, fmt::format("does not say what a video {}", time ? "took" : "costs"));
    chart.y.label = reports[i].metrics.front().name;
    group.points.push_back({x, reports[i].metrics.front().value, experiment_name(sets[i])});
  }
  chart.groups = {group};
  return plot::draw(chart);
}

std::string class_chart(const ScoreSet& set) {
  plot::BarChart chart;
  chart.title = "Accuracy by class";
  chart.subtitle = set.path;
  chart.y = {.label = "share predicted right", .low = 0, .high = 1};
  plot::Bars bars;
  const auto figures = metrics::class_report(set.view(), set.relevant());
  for (size_t i = 0; i < figures.size(); ++i) {
    if (figures[i].count == 0) continue;
    chart.categories.push_back(class_name(set.info.class_names, static_cast<int64_t>(i)));
    bars.values.push_back(figures[i].accuracy);
  }
  chart.series = {bars};
  return plot::draw(chart);
}

std::string confusion_chart(const ScoreSet& set) {
  const auto confusion = metrics::count_confusion(metrics::predicted_classes(set.view()), set.single_labels());
  plot::HeatMap chart;
  chart.title = "Confusion";
  chart.subtitle = "rows: what it is, as shares of the row; columns: what was predicted";
  chart.x.label = "predicted";
  chart.y.label = "true";
  for (const int64_t label : confusion.classes) chart.rows.push_back(class_name(set.info.class_names, label));
  chart.columns = chart.rows;
  chart.values = metrics::normalized(confusion, metrics::Normalize::kTrue);
  return plot::draw(chart);
}

std::string confusion_csv(const ScoreSet& set) {
  const auto confusion =
      metrics::count_confusion_all(metrics::predicted_classes(set.view()), set.single_labels(), set.num_classes());
  std::string text = "true\\predicted";
  for (const int64_t label : confusion.classes) text += ',' + flops::csv_field(class_name(set.info.class_names, label));
  text += '\n';
  for (int64_t row = 0; row < confusion.size(); ++row) {
    text += flops::csv_field(class_name(set.info.class_names, confusion.classes[static_cast<size_t>(row)]));
    for (int64_t column = 0; column < confusion.size(); ++column) text += fmt::format(",{}", confusion.at(row, column));
    text += '\n';
  }
  return text;
}

}  // namespace

void add_picture_options(cli::OptionTable& table) {
  table.output_path("plot", "FILE", "draw the scores").suffixes({"svg"});
  table
      .choice("plot-kind", "KIND",
              {{"cost", "the first metric against multiply-accumulates a video, a point a file"},
               {"time", "the same against the time of the run, from the manifest beside the file"},
               {"classes", "a bar a class"},
               {"confusion", "true against predicted classes"}},
              "what --plot shows")
      .default_value("cost")
      .needs("plot");
  table.output_path("confusion", "FILE", "write how often each class was predicted as which, as a table")
      .suffixes({"csv"});
}

void draw_score_pictures(const std::vector<ScoreSet>& sets, const std::vector<MetricReport>& reports,
                         const cli::ParsedOptions& parsed) {
  if (parsed.has("plot")) {
    const std::string& kind = parsed.text("plot-kind");
    const std::string option = "--plot-kind " + kind;
    const std::string picture = kind == "classes"     ? class_chart(only(sets, option))
                                : kind == "confusion" ? confusion_chart(only(sets, option))
                                                      : cost_chart(sets, reports, kind == "time");
    write_file_atomically(parsed.text("plot"), picture);
  }
  if (parsed.has("confusion"))
    write_file_atomically(parsed.text("confusion"), confusion_csv(only(sets, "--confusion")));
}

}  // namespace vs::evaluate
