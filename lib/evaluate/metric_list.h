// Metrics by name: from scores of videos to the numbers that a table and a document show.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/evaluate/score_set.h"

namespace vs::evaluate {

/// A metric that can be asked for.
struct MetricName {
  std::string name;  ///< as on the command line
  std::string help;
};
/// All of them, in the order in which they are shown.
const std::vector<MetricName>& metric_names();

/// Throws UsageError for a name that is none of them, nor a word in use for one ("mAP"), with the nearest one.
void check_metric_names(const std::vector<std::string>& names);

/// How metrics are made.
struct MetricOptions {
  std::vector<std::string> names;  ///< empty: those that fit the labels, see default_metrics()
  std::vector<int64_t> topk = {1, 5};
  bool renumber_classes = false;  ///< arnet_map: as published, classes that no video has are left out
  int64_t num_resamples = 0;      ///< of the bootstrap; 0: no intervals
  double confidence = 0.95;
  uint64_t seed = 0;
  int threads = 1;  ///< changes no number
};

/// One number and what is known of its uncertainty.
struct Metric {
  std::string name;  ///< "top1_acc", "mean_average_precision", ...
  double value = 0;  ///< a fraction, unless the name says otherwise; NaN where nothing is defined
  bool has_interval = false;
  double low = 0, high = 0;
};

/// Top-k and mean class accuracy where every video has one label, mean average precision where some have several.
std::vector<std::string> default_metrics(const ScoreSet& scores);

/// Computes them. Throws UsageError for an unknown name (with the nearest one) or one that does not fit the labels, and
/// DataError naming the video for one without label.
std::vector<Metric> compute_metrics(const ScoreSet& scores, const MetricOptions& options);

/// A line a metric, with intervals where there are some.
std::string metrics_table(const std::vector<Metric>& metrics, double confidence);
/// {"name": value, ...}, null where a value is not defined; and {"name": [low, high]} of those that have an interval.
nlohmann::ordered_json metrics_json(const std::vector<Metric>& metrics);
nlohmann::ordered_json intervals_json(const std::vector<Metric>& metrics);

}  // namespace vs::evaluate
