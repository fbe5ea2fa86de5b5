#include "lib/annot/check_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "lib/annot/parsers_internal.h"

namespace vs::annot {
namespace {

/// Where a video was met first.
struct Seen {
  size_t set = 0;
  const Annotation* item = nullptr;
};

std::string place_of(const NamedSet& set, const Annotation& item) {
  return item.line > 0 ? fmt::format("{}:{}", set.file, item.line) : set.file;
}

/// One name a video, whatever its extension.
std::string video_key(const NamedSet& set, const Annotation& item) {
  return set.set.media == Media::kVideos ? without_extension(item.path) : item.path;
}

Finding finding_of(const NamedSet& set, const Annotation& item, std::string kind, std::string text) {
  return {true, std::move(kind), set.file, item.line, item.path, std::move(text)};
}

/// True if labels look counted from 1; `certain` if the number of classes proves it.
bool seem_to_start_at_1(const std::set<int32_t>& labels, int64_t num_classes, bool& certain) {
  if (labels.empty() || *labels.begin() != 1) return false;
  certain = num_classes > 0 && *labels.rbegin() == num_classes;
  return certain || (num_classes == 0 && labels.size() > 1);
}

void check_labels(const std::vector<NamedSet>& sets, int64_t num_classes, std::vector<Finding>& findings) {
  std::set<int32_t> labels;
  for (const NamedSet& set : sets) {
    for (const Annotation& item : set.set.items) labels.insert(item.labels.begin(), item.labels.end());
  }
  bool certain = false;
  const bool from_1 = seem_to_start_at_1(labels, num_classes, certain);
  if (from_1) {
    findings.push_back(
        {certain,
         "labels_from_1",
         sets[0].file,
         0,
         {},
         fmt::format("labels seem to start at 1: there is no label 0, the largest is {}", *labels.rbegin())});
  }
  if (num_classes <= 0) return;
  for (const NamedSet& set : sets) {
    for (const Annotation& item : set.set.items) {
      if (item.labels.empty()) continue;
      const int32_t largest = *std::max_element(item.labels.begin(), item.labels.end());
      if (largest < num_classes) continue;
      findings.push_back(
          finding_of(set, item, "label_out_of_range", fmt::format("label {} is not below {}", largest, num_classes)));
    }
  }
}

void check_missing_classes(const NamedSet& set, int64_t num_classes, std::vector<Finding>& findings) {
  if (num_classes <= 0 || is_unlabelled(set.set)) return;
  std::set<int32_t> present;
  for (const Annotation& item : set.set.items) present.insert(item.labels.begin(), item.labels.end());
  constexpr int kNamed = 5;
  std::string named;
  int64_t missing = 0;
  for (int64_t label = 0; label < num_classes; ++label) {
    if (present.contains(static_cast<int32_t>(label))) continue;
    if (missing++ < kNamed) named += fmt::format("{}{}", named.empty() ? "" : ", ", label);
  }
  if (missing == 0) return;
  findings.push_back({false,
                      "class_missing",
                      set.file,
                      0,
                      {},
                      fmt::format("{} of {} classes have no record: {}{}", missing, num_classes, named,
                                  missing > kNamed ? ", ..." : "")});
}

}  // namespace

std::vector<Finding> check_lists(const std::vector<NamedSet>& sets, int64_t num_classes) {
  std::vector<Finding> findings;
  if (sets.empty()) return findings;
  check_labels(sets, num_classes, findings);
  check_missing_classes(sets[0], num_classes, findings);
  std::unordered_map<std::string, Seen> videos;
  for (size_t s = 0; s < sets.size(); ++s) {
    const NamedSet& set = sets[s];
    std::set<std::pair<std::string, int64_t>> records;
    for (const Annotation& item : set.set.items) {
      const std::string key = video_key(set, item);
      const auto [place, first] = videos.emplace(key, Seen{s, &item});
      if (!records.emplace(key, item.offset).second) {
        findings.push_back(finding_of(set, item, "duplicate", "the same record stands in this file before"));
        continue;
      }
      if (first) continue;
      const Seen& seen = place->second;
      const bool two_files = seen.set != s;
      const bool two_names = seen.item->split != item.split && !seen.item->split.empty() && !item.split.empty();
      if (two_files || two_names) {
        findings.push_back(
            finding_of(set, item, "in_two_splits",
                       fmt::format("also at {}{}", place_of(sets[seen.set], *seen.item),
                                   two_names ? fmt::format(", as {} and {}", seen.item->split, item.split) : "")));
      }
      const bool whole_videos = !set.set.with_offset && !sets[seen.set].set.with_offset;
      if (whole_videos && !seen.item->labels.empty() && !item.labels.empty() && !same_labels(*seen.item, item)) {
        findings.push_back(finding_of(set, item, "labels_differ",
                                      fmt::format("other labels than at {}", place_of(sets[seen.set], *seen.item))));
      }
    }
  }
  return findings;
}

}  // namespace vs::annot
