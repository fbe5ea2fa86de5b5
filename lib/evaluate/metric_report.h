// What a scored dataset comes to: metrics, over how many videos, class by class; as a table and as a document.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/cli/program.h"
#include "lib/evaluate/metric_list.h"
#include "lib/evaluate/score_set.h"
#include "lib/metrics/class_report.h"
#include "lib/metrics/confusion.h"

namespace vs::evaluate {

/// `vs.metrics/1`.
struct MetricReport {
  std::string scores;      ///< the score file
  std::string recipe;      ///< empty: not known
  int64_t num_videos = 0;  ///< over which the metrics are
  int64_t num_failed = 0;  ///< that could not be scored and are not among them
  int64_t num_classes = 0;
  double mean_gflops = 0;  ///< NaN: not known
  double confidence = 0.95;
  std::vector<Metric> metrics;
  std::vector<std::string> class_names;
  std::vector<metrics::ClassFigures> classes;  ///< only where asked for

  nlohmann::ordered_json document() const;
};

/// Throws as compute_metrics(). Without any label there are no metrics.
MetricReport make_report(const ScoreSet& scores, const MetricOptions& options, int64_t num_failed = 0);
/// Fills the figures of each class.
void add_classes(MetricReport& report, const ScoreSet& scores);

/// Prints the document with --json, else a table.
void show_report(const MetricReport& report, const cli::ProgramContext& context);

/// Name of a class, or its number.
std::string class_name(const std::vector<std::string>& names, int64_t label);

}  // namespace vs::evaluate
