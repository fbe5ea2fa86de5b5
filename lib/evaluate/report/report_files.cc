#include "lib/evaluate/report/report_files.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/file.h"
#include "lib/evaluate/report/document.h"
#include "lib/evaluate/report/report.h"
#include "lib/evaluate/rescoring.h"
#include "lib/evaluate/run_options.h"
#include "lib/jobs/inputs/output_check.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"

namespace vs::evaluate {
namespace {

using store::Json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json spread_json(const metrics::Spread& spread) {
  return {{"mean", number(spread.mean)}, {"deviation", number(spread.deviation)}};
}

Json system_json(const ReportSection& section, const ReportRow& row) {
  Json runs = Json::array();
  for (const auto& run : row.runs) {
    runs.push_back({{"scores", store::utf8_or_replaced(run.path)},
                    {"metrics", metrics_json(run.metrics)},
                    {"gflops_per_video", number(run.gflops)},
                    {"seconds_per_video", number(run.seconds)}});
  }
  Json metrics = Json::object();
  for (size_t m = 0; m < section.metrics.size(); ++m) metrics[section.metrics[m]] = spread_json(row.metrics[m]);
  return {{"name", row.name},
          {"metrics", metrics},
          {"first_less_this", number(row.first_less.value)},
          {"standard_error", number(row.first_less.standard_error)},
          {"gflops_per_video", spread_json(row.gflops)},
          {"seconds_per_video", spread_json(row.seconds)},
          {"runs", runs}};
}

Json document_of(const Report& report) {
  Json sections = Json::array();
  for (const auto& section : report.sections) {
    Json systems = Json::array();
    for (const auto& row : section.rows) systems.push_back(system_json(section, row));
    sections.push_back({{"title", section.title}, {"compared_by", section.metrics.front()}, {"systems", systems}});
  }
  return {{"schema", "vs.report/1"}, {"title", report.title}, {"sections", sections}};
}

void write_report(const Report& report, const std::vector<std::string>& inputs, const cli::ParsedOptions& parsed) {
  const std::string& path = parsed.text("output");
  store::Manifest manifest("vs-eval", parsed.command(), parsed.parameters(true), parsed.parameters(false));
  for (const auto& input : inputs) manifest.add_input(input);
  write_file_atomically(path, path.ends_with(".md") ? markdown_report(report) : html_report(report));
  manifest.add_output(path);
  manifest.set_outcome({.done = static_cast<int64_t>(parsed.positionals().size())}, {});
  manifest.write(store::manifest_path(path, false));
}

}  // namespace

int report_files(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const std::vector<std::string> inputs = inputs_of(parsed, {"outline", "annotations"});
  const bool to_file = parsed.has("output");
  if (to_file) {
    jobs::check_outputs({{"--output", parsed.text("output")}}, inputs);
    store::check_output_free(parsed.text("output"), parsed.flag("force"));
  }
  const ScoreReading reading = read_score_reading(parsed);
  const MetricOptions options = read_metric_options(parsed);
  std::vector<ReportRun> runs;
  std::vector<std::string> recipes;
  for (const auto& path : parsed.positionals()) {
    runs.push_back(read_report_run(path, reading, options));
    recipes.push_back(runs.back().recipe);
  }
  const Outline outline =
      parsed.has("outline") ? read_outline(parsed.text("outline")) : plain_outline("Scores", recipes);
  Report report{parsed.text_or("title", outline.title), outline.text, arrange_runs(outline, runs), {}};
  if (to_file) {
    report.trace = jobs::trace_files(parsed.positionals(), false);
    for (const auto& difference : report.trace.differences) context.log().warning(difference);
    write_report(report, inputs, parsed);
  }
  if (context.json()) {
    const Json document = document_of(report);
    store::validate_json(document, "report");
    context.print(store::json_document(document));
  } else if (!to_file) {
    context.print(markdown_report(report));
  }
  return kExitDone;
}

}  // namespace vs::evaluate
