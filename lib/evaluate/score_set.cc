#include "lib/evaluate/score_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "lib/core/error.h"
#include "lib/data/dataset.h"
#include "lib/media/open_source.h"
#include "lib/weights/score_export.h"

namespace vs::evaluate {
namespace {

metrics::ClipAverage clip_average(store::RowAverage average) {
  switch (average) {
    case store::RowAverage::kProb:
      return metrics::ClipAverage::kProb;
    case store::RowAverage::kScore:
      return metrics::ClipAverage::kScore;
    case store::RowAverage::kNone:
      break;
  }
  return metrics::ClipAverage::kNone;
}

ScoreSet of_score_file(const std::string& path, const ScoreReading& reading) {
  const store::ScoresFile file(path);
  ScoreSet set;
  set.path = path;
  set.info = file.info();
  if (reading.average) set.info.average = *reading.average;
  set.ids = file.video_ids();
  set.scores = average_rows(path, file.scores(), file.offsets(), set.ids, set.info.num_classes, set.info.average);
  set.labels = file.labels();
  set.gflops = file.gflops();
  set.stage_logits = file.stage_logits();
  return set;
}

ScoreSet of_export(const std::string& path, const ScoreReading& reading) {
  weights::ScoreExport exported = weights::read_score_export(path);
  ScoreSet set;
  set.path = path;
  set.info.num_classes = exported.num_classes;
  set.info.average = reading.average.value_or(store::RowAverage::kNone);
  set.ids = std::move(exported.video_ids);
  set.labels = std::move(exported.labels);
  const auto videos = static_cast<size_t>(exported.num_videos());
  set.labels.resize(videos);
  std::vector<std::string> names = set.ids;
  for (size_t v = names.size(); v < videos; ++v) names.push_back(fmt::format("number {}", v + 1));
  const std::vector<float> rows(exported.scores.begin(), exported.scores.end());
  set.scores = average_rows(path, rows, exported.offsets, names, set.info.num_classes, set.info.average);
  set.gflops.assign(videos, std::nan(""));
  return set;
}

/// Names where the scores have none, labels, class names.
void annotate(ScoreSet& set, const ScoreReading& reading) {
  data::DatasetOptions options;
  options.num_classes = set.info.num_classes;
  options.missing = data::MissingVideos::kNotLookedFor;
  const data::Dataset data =
      data::read_dataset(reading.annotations, reading.annotation_format, reading.annotation_reading, options);
  if (!data.classes.empty() && !set.info.class_names.empty() && data.classes != set.info.class_names)
    throw DataError(set.path, fmt::format("its classes are not those of {}", reading.annotations),
                    "scores and labels are of different class orders");
  if (set.info.class_names.empty()) set.info.class_names = data.classes;
  set.label_source = reading.annotations;
  const size_t videos = set.labels.size();
  if (set.ids.empty()) {
    if (data.items.size() != videos)
      throw DataError(set.path, fmt::format("holds scores of {} videos and {} names {}", videos, reading.annotations,
                                            data.items.size()));
    for (const auto& item : data.items) set.ids.push_back(item.id);
  }
  std::unordered_map<std::string, const data::DataItem*> by_id;
  for (const auto& item : data.items) by_id.emplace(item.id, &item);
  for (size_t v = 0; v < videos; ++v) {
    const auto found = by_id.find(set.ids[v]);
    if (found == by_id.end())
      throw DataError(set.path, fmt::format("video {} is not in {}", set.ids[v], reading.annotations));
    set.labels[v].assign(found->second->labels.begin(), found->second->labels.end());
  }
}

}  // namespace

std::vector<float> average_rows(const std::string& path, const std::vector<float>& rows,
                                const std::vector<int64_t>& offsets, const std::vector<std::string>& ids,
                                int64_t num_classes, store::RowAverage average) {
  const auto videos = static_cast<int64_t>(ids.size());
  if (average == store::RowAverage::kNone) {
    for (int64_t v = 0; v < videos; ++v) {
      const auto at = static_cast<size_t>(v);
      if (offsets[at + 1] - offsets[at] == 1) continue;
      throw DataError(path,
                      fmt::format("video {} has {} rows of scores, and nothing says how they become one", ids[at],
                                  offsets[at + 1] - offsets[at]),
                      "--average-clips prob or score");
    }
    return rows;
  }
  return metrics::average_clips(metrics::Scores<float>(rows, num_classes), offsets, clip_average(average), ids);
}

bool ScoreSet::has_single_labels() const {
  return std::all_of(labels.begin(), labels.end(), [](const auto& one) { return one.size() == 1; });
}

bool ScoreSet::has_labels() const {
  return std::any_of(labels.begin(), labels.end(), [](const auto& one) { return !one.empty(); });
}

std::vector<int64_t> ScoreSet::single_labels() const {
  std::vector<int64_t> single;
  single.reserve(labels.size());
  for (size_t v = 0; v < labels.size(); ++v) {
    if (labels[v].size() != 1)
      throw DataError(path, fmt::format("video {} has {} labels, this needs one each", ids[v], labels[v].size()));
    single.push_back(labels[v].front());
  }
  return single;
}

std::vector<uint8_t> ScoreSet::relevant() const {
  const auto classes = static_cast<size_t>(info.num_classes);
  std::vector<uint8_t> rows(labels.size() * classes, 0);
  for (size_t v = 0; v < labels.size(); ++v) {
    if (labels[v].empty())
      throw DataError(path, fmt::format("video {} has no label", ids[v]), "--annotations names a file with labels");
    for (const int64_t label : labels[v]) rows[v * classes + static_cast<size_t>(label)] = 1;
  }
  return rows;
}

double ScoreSet::mean_gflops() const {
  if (gflops.empty()) return std::nan("");
  return std::accumulate(gflops.begin(), gflops.end(), 0.0) / static_cast<double>(gflops.size());
}

ScoreSet read_score_set(const std::string& path, const ScoreReading& reading) {
  const bool is_pack = media::source_kind(path) == media::SourceKind::kPack;
  ScoreSet set = is_pack ? of_score_file(path, reading) : of_export(path, reading);
  if (!reading.annotations.empty()) annotate(set, reading);
  if (set.ids.empty())
    throw DataError(path, "names no videos", "--annotations names the list that the scores were made for");
  for (size_t v = 0; v < set.labels.size(); ++v) {
    for (const int64_t label : set.labels[v]) {
      if (label < set.info.num_classes) continue;
      throw DataError(path,
                      fmt::format("video {} has label {} with {} classes", set.ids[v], label, set.info.num_classes));
    }
  }
  return set;
}

void align(const ScoreSet& first, ScoreSet& second) {
  if (first.num_classes() != second.num_classes())
    throw DataError(second.path,
                    fmt::format("has {} classes and {} has {}", second.num_classes(), first.path, first.num_classes()));
  const auto& names = first.info.class_names;
  const auto& others = second.info.class_names;
  if (!names.empty() && !others.empty() && names != others) {
    const auto at = std::mismatch(names.begin(), names.end(), others.begin(), others.end()).first - names.begin();
    throw DataError(second.path, fmt::format("its classes are not those of {}: number {} differs", first.path, at));
  }
  std::unordered_map<std::string, size_t> places;
  for (size_t v = 0; v < second.ids.size(); ++v) places.emplace(second.ids[v], v);
  std::vector<size_t> order;
  for (const auto& id : first.ids) {
    const auto found = places.find(id);
    if (found == places.end()) throw DataError(second.path, fmt::format("lacks video {} of {}", id, first.path));
    order.push_back(found->second);
    places.erase(found);
  }
  if (!places.empty())
    throw DataError(first.path, fmt::format("lacks video {} of {}", places.begin()->first, second.path));
  ScoreSet sorted = second;
  const auto classes = static_cast<size_t>(second.num_classes());
  const size_t stages = second.ids.empty() ? 0 : second.stage_logits.size() / second.ids.size();
  for (size_t v = 0; v < order.size(); ++v) {
    const size_t from = order[v];
    sorted.ids[v] = second.ids[from];
    sorted.labels[v] = second.labels[from];
    sorted.gflops[v] = second.gflops[from];
    std::copy_n(second.scores.begin() + static_cast<std::ptrdiff_t>(from * classes), classes,
                sorted.scores.begin() + static_cast<std::ptrdiff_t>(v * classes));
    std::copy_n(second.stage_logits.begin() + static_cast<std::ptrdiff_t>(from * stages), stages,
                sorted.stage_logits.begin() + static_cast<std::ptrdiff_t>(v * stages));
  }
  second = std::move(sorted);
}

}  // namespace vs::evaluate
