#include "lib/train/distillation/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "lib/core/error.h"
#include "lib/evaluate/metric_list.h"
#include "lib/evaluate/score_set.h"
#include "lib/metrics/comparison.h"
#include "lib/store/json.h"
#include "lib/train/checkpoints/checkpoint.h"
#include "lib/train/distillation/measure.h"
#include "lib/train/distillation/recipes.h"
#include "lib/train/records/metrics_log.h"

namespace vs::train {
namespace {

namespace fs = std::filesystem;
using store::Json;

constexpr int64_t kResamples = 1000;
constexpr double kConfidence = 0.95;

/// What somebody reached.
struct Figures {
  std::string path;  ///< of the document, log or scores
  Json metrics = Json::object();
  std::string scores;  ///< a score file; empty: none
};

Json numbers(const NamedNumbers& found) {
  Json metrics = Json::object();
  for (const auto& [name, value] : found) metrics[name] = std::isfinite(value) ? Json(value) : Json();
  return metrics;
}

std::optional<Figures> of_test(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/test_" + name + ".json", scores = folder + "/test_" + name + ".h5";
  if (!fs::exists(path)) return std::nullopt;
  return Figures{path, store::read_document(path, "metrics", 1).at("metrics"), fs::exists(scores) ? scores : ""};
}

std::optional<Figures> of_validation(const std::string& folder) {
  const std::string path = folder + "/metrics.jsonl";
  if (!fs::exists(path)) return std::nullopt;
  const auto records = read_metrics_log(path);
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    if (record->mode == LogRecord::Mode::kValidation) return Figures{path, numbers(record->metrics), ""};
  }
  return std::nullopt;
}

/// Of a run's folder, from the kind `first` on.
std::optional<Figures> of_folder(const std::string& folder, const std::string& first) {
  if (first != kLastCheckpoint && !first.empty()) {
    if (auto found = of_test(folder, kBestCheckpoint)) return found;
  }
  if (!first.empty()) {
    if (auto found = of_test(folder, kLastCheckpoint)) return found;
  }
  return of_validation(folder);
}

Figures of_path(const std::string& path, const std::string& first) {
  if (fs::is_directory(path)) {
    if (auto found = of_folder(path, first)) return *found;
    throw DataError(path, "holds no metrics of a test or a validation", "--test-last writes some");
  }
  if (path.ends_with(".json")) return {path, store::read_document(path, "metrics", 1).at("metrics"), ""};
  const evaluate::ScoreSet scores = evaluate::read_score_set(path);
  return {path, evaluate::metrics_json(evaluate::compute_metrics(scores, {})), path};
}

/// The test of two score files of the same videos.
Json paired_test(const std::string& alone, const std::string& taught) {
  const evaluate::ScoreSet first = evaluate::read_score_set(alone);
  evaluate::ScoreSet second = evaluate::read_score_set(taught);
  evaluate::align(first, second);
  if (first.has_single_labels()) {
    const auto paired = metrics::compare_top1(first.view(), second.view(), first.single_labels());
    return {{"test", "McNemar"},
            {"only_alone", paired.only_first},
            {"only_taught", paired.only_second},
            {"p", paired.test.mid_p},
            {"p_exact", paired.test.exact}};
  }
  const auto difference =
      metrics::compare_mean_average_precision(first.view(), second.view(), first.relevant(), {kResamples, 0, 1});
  const auto interval = difference.interval(kConfidence);
  return {{"test", "bootstrap"},
          {"difference", difference.value},
          {"interval", {interval.low, interval.high}},
          {"p", difference.p_of_zero()}};
}

std::string cell(const Json& value, const char* format) {
  return value.is_number() ? fmt::format(fmt::runtime(format), value.get<double>()) : "-";
}

}  // namespace

void check_report_request(const ReportRequest& request) {
  for (const auto& path : {request.baseline, request.teacher_metrics}) {
    if (!path.empty()) of_path(path, kBestCheckpoint);
  }
}

Json make_report(const FinishedTraining& run, const ReportRequest& request) {
  const std::string first = run.tested.empty() ? "" : run.tested.back().name;
  const std::optional<Figures> own = of_folder(run.folder, first);
  Json report{{"schema", "vs.distillation_report/1"}};
  for (const char* who : {"student", "teacher"}) {
    const bool student = std::string(who) == "student";
    const Json recipe = student ? recipe_of_student(run.document) : recipe_of_teacher(run.document);
    report[who] = measure_apart(recipe, run.threads, run.folder);
    report[who]["metrics"] = Json();
  }
  if (own) report["student"]["metrics"] = own->metrics;
  if (!request.teacher_metrics.empty()) report["teacher"]["metrics"] = of_path(request.teacher_metrics, first).metrics;
  if (request.baseline.empty()) return report;
  const Figures alone = of_path(request.baseline, first);
  report["baseline"] = {{"path", alone.path}, {"metrics", alone.metrics}};
  if (!own)
    throw DataError(run.folder, "has no metrics to be compared with the baseline's", "--val or --test-last gives some");
  Json gain = Json::object();
  for (const auto& [name, value] : own->metrics.items()) {
    const auto other = alone.metrics.find(name);
    if (other != alone.metrics.end() && other->is_number() && value.is_number())
      gain[name] = value.get<double>() - other->get<double>();
  }
  report["gain"] = std::move(gain);
  if (!own->scores.empty() && !alone.scores.empty()) report["paired"] = paired_test(alone.scores, own->scores);
  return report;
}

std::string report_table(const Json& report) {
  constexpr double kMilli = 1e3, kMega = 1 << 20;
  std::vector<std::string> names;
  const auto take_names = [&](const Json& metrics) {
    if (!metrics.is_object()) return;
    for (const auto& [name, value] : metrics.items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  take_names(report.at("student").at("metrics"));
  const Json alone = report.contains("baseline") ? report.at("baseline").at("metrics") : Json();
  std::string text = fmt::format("{:<24}{:>12}{:>12}{:>12}{:>12}\n", "", "student", "alone", "gain", "teacher");
  const auto line = [&](const std::string& name, const std::string& taught, const std::string& other,
                        const std::string& gain, const std::string& teacher) {
    text += fmt::format("{:<24}{:>12}{:>12}{:>12}{:>12}\n", name, taught, other, gain, teacher);
  };
  const auto at = [](const Json& metrics, const std::string& name) {
    return metrics.is_object() && metrics.contains(name) ? metrics.at(name) : Json();
  };
  for (const auto& name : names) {
    line(name, cell(at(report["student"]["metrics"], name), "{:.4f}"), cell(at(alone, name), "{:.4f}"),
         cell(report.contains("gain") ? at(report["gain"], name) : Json(), "{:+.4f}"),
         cell(at(report["teacher"]["metrics"], name), "{:.4f}"));
  }
  const Json &student = report.at("student"), &teacher = report.at("teacher");
  const auto cost = [&](const char* name, const char* key, double scale, const char* format) {
    const std::string own = fmt::format(fmt::runtime(format), student.at(key).get<double>() * scale);
    line(name, own, alone.is_null() ? "-" : own, "-",
         fmt::format(fmt::runtime(format), teacher.at(key).get<double>() * scale));
  };
  cost("parameters (M)", "parameters", 1 / 1e6, "{:.3f}");
  cost("GFLOPs (10^9 MACs)", "gflops", 1, "{:.3f}");
  cost("latency (ms)", "latency_s", kMilli, "{:.2f}");
  cost("memory (MiB)", "memory_bytes", 1 / kMega, "{:.0f}");
  if (report.contains("paired")) {
    const Json& paired = report.at("paired");
    text += fmt::format("{} test of the gain: p {:.4g}\n", paired.at("test").get<std::string>(),
                        paired.at("p").get<double>());
  }
  return text;
}

}  // namespace vs::train
