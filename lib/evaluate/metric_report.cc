#include "lib/evaluate/metric_report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/store/json.h"

namespace vs::evaluate {
namespace {

using store::Json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

std::string share(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "-"; }

}  // namespace

std::string class_name(const std::vector<std::string>& names, int64_t label) {
  const auto at = static_cast<size_t>(label);
  return label >= 0 && at < names.size() ? names[at] : fmt::format("{}", label);
}

Json MetricReport::document() const {
  Json document{{"schema", "vs.metrics/1"}, {"scores", scores}};
  if (!recipe.empty()) document["recipe"] = recipe;
  document["videos"] = num_videos;
  document["failed"] = num_failed;
  document["classes"] = num_classes;
  document["gflops_per_video"] = number(mean_gflops);
  document["metrics"] = metrics_json(metrics);
  if (const Json intervals = intervals_json(metrics); !intervals.empty()) {
    document["confidence"] = confidence;
    document["intervals"] = intervals;
  }
  if (!classes.empty()) {
    Json rows = Json::array();
    for (size_t i = 0; i < classes.size(); ++i) {
      const auto& one = classes[i];
      Json row{{"class", i},
               {"name", class_name(class_names, static_cast<int64_t>(i))},
               {"videos", one.count},
               {"predicted", one.num_predicted},
               {"accuracy", number(one.accuracy)},
               {"average_precision", number(one.average_precision)}};
      row["most_confused_with"] = one.most_confused_with < 0 ? Json() : Json(one.most_confused_with);
      rows.push_back(std::move(row));
    }
    document["per_class"] = std::move(rows);
  }
  return document;
}

MetricReport make_report(const ScoreSet& scores, const MetricOptions& options, int64_t num_failed) {
  MetricReport report;
  report.scores = scores.path;
  report.recipe = scores.info.recipe;
  report.num_videos = scores.num_videos();
  report.num_failed = num_failed;
  report.num_classes = scores.num_classes();
  report.mean_gflops = scores.mean_gflops();
  report.confidence = options.confidence;
  report.class_names = scores.info.class_names;
  if (scores.num_videos() > 0 && (scores.has_labels() || !options.names.empty()))
    report.metrics = compute_metrics(scores, options);
  return report;
}

void add_classes(MetricReport& report, const ScoreSet& scores) {
  report.classes = metrics::class_report(scores.view(), scores.relevant());
}

void show_report(const MetricReport& report, const cli::ProgramContext& context) {
  if (context.json()) return context.print(store::json_document(report.document()));
  std::string text = metrics_table(report.metrics, report.confidence);
  if (report.metrics.empty()) text = "no labels: no metrics\n";
  text += fmt::format("over {} videos{}", report.num_videos,
                      report.num_failed > 0 ? fmt::format("; {} more failed", report.num_failed) : "");
  if (std::isfinite(report.mean_gflops)) text += fmt::format("; {:.3f} GMACs a video", report.mean_gflops);
  text += '\n';
  if (!report.classes.empty()) {
    text += fmt::format("\n{:<40} {:>7} {:>9} {:>8} {:>8}  {}\n", "class", "videos", "predicted", "accuracy", "AP",
                        "most confused with");
    for (size_t i = 0; i < report.classes.size(); ++i) {
      const auto& one = report.classes[i];
      text +=
          fmt::format("{:<40} {:>7} {:>9} {:>8} {:>8}  {}\n", class_name(report.class_names, static_cast<int64_t>(i)),
                      one.count, one.num_predicted, share(one.accuracy), share(one.average_precision),
                      one.most_confused_with < 0 ? "" : class_name(report.class_names, one.most_confused_with));
    }
  }
  context.print(text);
}

}  // namespace vs::evaluate
