#include "lib/evaluate/metric_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/metrics/accuracy.h"
#include "lib/metrics/average_precision.h"
#include "lib/metrics/bootstrap.h"
#include "lib/metrics/calibration.h"

namespace vs::evaluate {
namespace {

using Json = nlohmann::ordered_json;
using metrics::CountedMetric;

/// A number and how it is made anew from resampled videos; empty where that is not offered.
struct Measured {
  std::string name;
  double value = 0;
  std::function<CountedMetric()> resampled;
};

class Measuring {
 public:
  Measuring(const ScoreSet& scores, const MetricOptions& options) : scores_(scores), options_(options) {}

  void add(const std::string& name) {
    if (name == "top_k_accuracy") return add_top_k();
    if (name == "mean_class_accuracy") return add_mean_class_accuracy();
    if (name == "mean_average_precision") return add_mean_average_precision();
    if (name == "mmit_mean_average_precision") return add_mmit();
    if (name == "arnet_map") return add_arnet();
    if (name == "frameexit_map") return add_frame_exit();
    return add_calibration();
  }
  const std::vector<Measured>& found() const { return found_; }

 private:
  const std::vector<int64_t>& labels() {
    if (!labels_) labels_ = scores_.single_labels();
    return *labels_;
  }
  const std::vector<uint8_t>& relevant() {
    if (!relevant_) relevant_ = scores_.relevant();
    return *relevant_;
  }

  void add_top_k() {
    if (!scores_.has_single_labels()) return add_multi_label_top_k();
    const auto ranks = metrics::label_ranks(scores_.view(), labels());
    for (const int64_t k : options_.topk) {
      std::vector<double> hits;
      hits.reserve(ranks.size());
      for (const int64_t rank : ranks) hits.push_back(rank < k ? 1 : 0);
      const double value = metrics::top_k_accuracy(scores_.view(), labels(), std::vector<int64_t>{k}).front();
      found_.push_back({fmt::format("top{}_acc", k), value, [hits] { return metrics::counted_mean(hits); }});
    }
  }

  void add_multi_label_top_k() {
    for (const int64_t k : options_.topk) {
      const auto figures = metrics::multi_label_top_k(scores_.view(), relevant(), k);
      found_.push_back({fmt::format("top{}_hit", k), figures.hit, {}});
      found_.push_back({fmt::format("top{}_precision", k), figures.precision, {}});
      found_.push_back({fmt::format("top{}_recall", k), figures.recall, {}});
    }
  }

  void add_mean_class_accuracy() {
    found_.push_back({"mean_class_accuracy", metrics::mean_class_accuracy(scores_.view(), labels()), [this] {
                        return metrics::counted_mean_class_accuracy(metrics::predicted_classes(scores_.view()),
                                                                    labels());
                      }});
  }

  void add_mean_average_precision() {
    found_.push_back({"mean_average_precision", metrics::mean_average_precision(scores_.view(), relevant()).mean,
                      [this] { return metrics::counted_mean_average_precision(scores_.view(), relevant()); }});
  }

  void add_mmit() {
    const auto found = metrics::mmit_mean_average_precision(scores_.view(), relevant());
    found_.push_back(
        {"mmit_mean_average_precision", found.mean, [each = found.each] { return metrics::counted_mean(each); }});
  }

  void add_arnet() {
    const auto absent =
        options_.renumber_classes ? metrics::AbsentClasses::kRenumber : metrics::AbsentClasses::kKeepColumns;
    found_.push_back({"arnet_map", metrics::arnet_mean_average_precision(scores_.view(), relevant(), absent).mean, {}});
  }

  void add_frame_exit() {
    found_.push_back(
        {"frameexit_map", metrics::frame_exit_mean_average_precision(scores_.view(), relevant()).mean, {}});
  }

  void add_calibration() {
    const bool probabilities =
        scores_.info.kind == store::ScoreKind::kProbabilities || scores_.info.average == store::RowAverage::kProb;
    const auto values = probabilities ? metrics::ScoreValues::kProbabilities : metrics::ScoreValues::kLogits;
    auto calibration = metrics::measure_calibration(scores_.view(), labels(), values);
    const auto bins = static_cast<int64_t>(calibration.bins.size());
    found_.push_back({"expected_calibration_error", calibration.expected_error,
                      [confidence = calibration.confidence, right = calibration.right, bins]() -> CountedMetric {
                        return [confidence, right, bins](std::span<const uint32_t> counts) {
                          return metrics::expected_calibration_error(confidence, right, bins, counts);
                        };
                      }});
    found_.push_back({"brier_score", calibration.brier,
                      [each = std::move(calibration.brier_of_sample)] { return metrics::counted_mean(each); }});
    found_.push_back({"negative_log_likelihood", calibration.negative_log_likelihood,
                      [each = std::move(calibration.nll_of_sample)] { return metrics::counted_mean(each); }});
  }

  const ScoreSet& scores_;
  const MetricOptions& options_;
  std::optional<std::vector<int64_t>> labels_;
  std::optional<std::vector<uint8_t>> relevant_;
  std::vector<Measured> found_;
};

/// The name in the list for what was written: itself or a word in use for it.
std::string known_name(const std::string& written) {
  static const std::vector<std::pair<std::string, std::string>> words = {{"top_k", "top_k_accuracy"},
                                                                         {"topk", "top_k_accuracy"},
                                                                         {"mean_class", "mean_class_accuracy"},
                                                                         {"mAP", "mean_average_precision"},
                                                                         {"map", "mean_average_precision"},
                                                                         {"mmit_mAP", "mmit_mean_average_precision"},
                                                                         {"mmit_map", "mmit_mean_average_precision"}};
  std::vector<std::string> names;
  for (const auto& one : metric_names()) {
    if (one.name == written) return written;
    names.push_back(one.name);
  }
  for (const auto& [word, name] : words) {
    if (word == written) return name;
  }
  const auto nearest = nearest_word(written, names);
  throw UsageError("--metrics", fmt::format("\"{}\" is no metric", printable(written)),
                   nearest ? "did you mean " + *nearest + "?" : "one of " + join(names, ", "));
}

}  // namespace

const std::vector<MetricName>& metric_names() {
  static const std::vector<MetricName> names = {
      {"top_k_accuracy", "label among the k best, for each k of --topk; with several labels hit, precision and recall"},
      {"mean_class_accuracy", "mean over classes of the share predicted right"},
      {"mean_average_precision", "mean over classes of average precision; equals scikit-learn's"},
      {"mmit_mean_average_precision", "mean over videos of average precision over classes"},
      {"arnet_map", "AR-Net's and AdaFocusV2's mAP, on soft-max scores"},
      {"frameexit_map", "FrameExit's mAP, videos one by one"},
      {"calibration", "expected calibration error, Brier score, negative log-likelihood"},
  };
  return names;
}

void check_metric_names(const std::vector<std::string>& names) {
  for (const auto& name : names) known_name(name);
}

std::vector<std::string> default_metrics(const ScoreSet& scores) {
  if (scores.has_single_labels()) return {"top_k_accuracy", "mean_class_accuracy"};
  return {"mean_average_precision"};
}

std::vector<Metric> compute_metrics(const ScoreSet& scores, const MetricOptions& options) {
  Measuring measuring(scores, options);
  std::vector<std::string> names;
  for (const auto& written : options.names.empty() ? default_metrics(scores) : options.names) {
    const std::string name = known_name(written);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  for (const auto& name : names) measuring.add(name);
  std::vector<Metric> found;
  for (const Measured& one : measuring.found()) {
    Metric metric{.name = one.name, .value = one.value};
    if (options.num_resamples > 0 && one.resampled && scores.num_videos() > 0) {
      const auto resampled = metrics::bootstrap(scores.num_videos(), one.resampled(),
                                                {options.num_resamples, options.seed, options.threads});
      const auto interval = resampled.interval(options.confidence);
      metric.has_interval = true;
      metric.low = interval.low;
      metric.high = interval.high;
    }
    found.push_back(std::move(metric));
  }
  return found;
}

std::string metrics_table(const std::vector<Metric>& metrics, double confidence) {
  std::string text;
  for (const Metric& one : metrics) {
    text += fmt::format("{:<28} {:>8.4f}", one.name, one.value);
    if (one.has_interval) text += fmt::format("  [{:.4f}, {:.4f}] at {:g} %", one.low, one.high, 100 * confidence);
    text += '\n';
  }
  return text;
}

Json metrics_json(const std::vector<Metric>& metrics) {
  Json object = Json::object();
  for (const Metric& one : metrics) object[one.name] = std::isfinite(one.value) ? Json(one.value) : Json();
  return object;
}

Json intervals_json(const std::vector<Metric>& metrics) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  Json object = Json::object();
  for (const Metric& one : metrics) {
    if (one.has_interval) object[one.name] = Json::array({number(one.low), number(one.high)});
  }
  return object;
}

}  // namespace vs::evaluate
