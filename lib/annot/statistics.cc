#include "lib/annot/statistics.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

namespace vs::annot {

Spread spread_of(std::vector<int64_t> values) {
  Spread spread;
  if (values.empty()) return spread;
  std::sort(values.begin(), values.end());
  spread.least = values.front();
  spread.median = values[(values.size() - 1) / 2];
  spread.most = values.back();
  spread.total = std::accumulate(values.begin(), values.end(), int64_t{0});
  return spread;
}

Statistics statistics_of(const AnnotationSet& set) {
  Statistics result;
  result.records = static_cast<int64_t>(set.items.size());
  std::unordered_set<std::string> videos;
  std::vector<int64_t> frames;
  int32_t largest = -1;
  for (const Annotation& item : set.items) {
    for (int32_t label : item.labels) largest = std::max(largest, label);
  }
  result.classes = std::max(set.num_classes, int64_t{largest} + 1);
  constexpr int64_t kMostClasses = 1 << 20;  // a list may hold one label near 2^31
  const bool dense = result.classes <= kMostClasses;
  if (dense) {
    result.by_class.resize(static_cast<size_t>(result.classes));
    for (size_t i = 0; i < result.by_class.size(); ++i) {
      result.by_class[i].label = static_cast<int32_t>(i);
      if (i < set.classes.size()) result.by_class[i].name = set.classes[i];
    }
  }
  for (const Annotation& item : set.items) {
    videos.insert(item.path);
    if (item.labels.empty()) ++result.unlabelled;
    if (item.labels.size() > 1) ++result.several_labels;
    if (item.num_frames >= 0) frames.push_back(item.num_frames);
    for (int32_t label : item.labels) {
      if (!dense) continue;
      ClassCount& count = result.by_class[static_cast<size_t>(label)];
      ++count.records;
      if (item.num_frames >= 0) count.frames += item.num_frames;
    }
    if (!item.split.empty()) {
      const auto found = std::find_if(result.splits.begin(), result.splits.end(),
                                      [&](const auto& s) { return s.first == item.split; });
      if (found == result.splits.end()) {
        result.splits.emplace_back(item.split, 1);
      } else {
        ++found->second;
      }
    }
  }
  result.videos = static_cast<int64_t>(videos.size());
  result.counted = static_cast<int64_t>(frames.size());
  result.frames = spread_of(std::move(frames));
  std::vector<int64_t> records;
  int64_t least_present = 0;
  for (const ClassCount& count : result.by_class) {
    records.push_back(count.records);
    if (count.records == 0) continue;
    ++result.classes_present;
    if (least_present == 0 || count.records < least_present) least_present = count.records;
  }
  result.per_class = spread_of(std::move(records));
  if (least_present > 0)
    result.imbalance = static_cast<double>(result.per_class.most) / static_cast<double>(least_present);
  return result;
}

}  // namespace vs::annot
