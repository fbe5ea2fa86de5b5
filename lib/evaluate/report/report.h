// Several systems side by side, each with its runs: what a report shows, before it is HTML or Markdown.
#pragma once

#include <string>
#include <vector>

#include "lib/evaluate/metric_list.h"
#include "lib/evaluate/report/outline.h"
#include "lib/evaluate/score_set.h"
#include "lib/jobs/annot/trace.h"
#include "lib/metrics/spread.h"

namespace vs::evaluate {

/// One score file.
struct ReportRun {
  std::string path;
  std::string recipe;                     ///< the file's name without ending where it names none
  std::vector<Metric> metrics;            ///< at least one
  double gflops = 0;                      ///< 10^9 multiply-accumulates a video, NaN: not known
  double seconds = 0;                     ///< of the run that made it, a video; NaN: not known
  std::vector<std::string> weights = {};  ///< hashes of the networks behind it; empty: not known
};

/// One system with its runs, such as one a seed.
struct ReportRow {
  std::string name;
  std::vector<ReportRun> runs;
  std::vector<metrics::Spread> metrics;  ///< over the runs, in the order of ReportSection::metrics
  /// The first row's mean of the first metric less this row's; paired where both were made from the same weights.
  metrics::MeanDifference first_less;
  metrics::Spread gflops, seconds;
};

/// A table and its charts.
struct ReportSection {
  std::string title, text;
  std::vector<std::string> metrics;  ///< names; the first is what rows are compared by
  std::vector<ReportRow> rows;       ///< those of the outline that have runs
};

struct Report {
  std::string title, text;
  std::vector<ReportSection> sections;
  jobs::Trace trace;  ///< how all of its files were made
};

/// Reads a run's score file and what stands beside it. Throws DataError for a file without labels.
ReportRun read_report_run(const std::string& path, const ScoreReading& reading, const MetricOptions& options);

/// Puts the runs where the outline wants them; sections without any run are left out. Throws DataError for a run that
/// no section names, and for runs of one section whose metrics differ.
std::vector<ReportSection> arrange_runs(const Outline& outline, const std::vector<ReportRun>& runs);

/// True for metrics that are shares of one, and are shown in percent.
bool is_share(const std::string& metric);

/// Accuracy against cost or time, a group of points a system, as SVG; empty if no run says what it costs.
std::string cost_chart(const ReportSection& section, bool time);

}  // namespace vs::evaluate
