#include "lib/evaluate/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "lib/core/error.h"
#include "lib/evaluate/batch_runner.h"
#include "lib/evaluate/sample_scores.h"

namespace vs::evaluate {
namespace {

/// Collects rows of videos one by one.
class Collector {
 public:
  Collector(Experiment& experiment, const data::Dataset& data) : data_(data) {
    set_.path = data.annotations;
    set_.info.num_classes = experiment.system().num_classes();
    set_.info.kind = experiment.score_kind();
    set_.info.average = experiment.average();
    set_.info.class_names = data.classes;
    set_.info.recipe = experiment.name();
  }

  void add(const FinishedVideo& finished) {
    const data::DataItem& item = data_.items[static_cast<size_t>(finished.video->sample.item)];
    if (!finished.failure.empty()) return fail(item, finished.failure);
    const store::VideoScores scores = video_scores(*finished.result, finished.row, finished.video->sample.plan, false);
    if (!std::all_of(scores.scores.begin(), scores.scores.end(), [](float value) { return std::isfinite(value); }))
      throw DataError(item.id, "its scores are not finite", "the weights have diverged, or were never good");
    rows_.insert(rows_.end(), scores.scores.begin(), scores.scores.end());
    offsets_.push_back(static_cast<int64_t>(rows_.size()) / set_.info.num_classes);
    set_.ids.push_back(item.id);
    set_.labels.emplace_back(item.labels.begin(), item.labels.end());
  }

  void fail(const data::DataItem& item, const std::string& reason) {
    failures_.push_back({item.id, item.place.path, reason});
  }

  ScoredDataset finish() {
    set_.scores = average_rows(data_.annotations, rows_, offsets_, set_.ids, set_.info.num_classes, set_.info.average);
    set_.gflops.assign(set_.ids.size(), std::numeric_limits<double>::quiet_NaN());
    return {std::move(set_), std::move(failures_)};
  }

 private:
  const data::Dataset& data_;
  ScoreSet set_;
  std::vector<float> rows_;
  std::vector<int64_t> offsets_ = {0};
  std::vector<store::Failure> failures_;
};

}  // namespace

ScoredDataset score_dataset(Experiment& experiment, const data::Dataset& data, const data::LoaderOptions& loading,
                            int64_t batch) {
  Collector collector(experiment, data);
  std::vector<store::Item> items;
  items.reserve(data.items.size());
  for (const auto& item : data.items) items.push_back({.id = item.id, .path = item.place.path});
  std::vector<int64_t> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  BatchRunner batches(experiment, batch, [&](const FinishedVideo& video) { collector.add(video); });
  data::load(data, order, experiment.pipeline(), loading, [&](data::Sample sample) {
    const auto at = static_cast<size_t>(sample.item);
    if (!sample.failure.empty()) {
      batches.flush();
      collector.fail(data.items[at], sample.failure);
    } else {
      batches.add({{.item = &items[at], .index = static_cast<uint64_t>(at)}, std::move(sample)});
    }
    return true;
  });
  batches.flush();
  return collector.finish();
}

}  // namespace vs::evaluate
