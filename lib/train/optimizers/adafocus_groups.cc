#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/train/optimizers/group_constructors.h"

namespace vs::train {

std::vector<ParameterGroup> adafocus_groups(const GroupingRequest& request) {
  const std::vector<nn::Entry> entries = request.module.entries();
  const bool has_classifier = std::any_of(entries.begin(), entries.end(),
                                          [](const auto& entry) { return entry.name.starts_with("classifier."); });

  const nlohmann::ordered_json none = nlohmann::ordered_json::object();
  nn::Config config(request.paramwise ? *request.paramwise : none, request.place + ".paramwise_cfg");
  const double glance = config.number_or("global_lr_ratio", 1, 0, kLargestFactor);
  const double policy = config.number_or("stn_lr_ratio", 0.01, 0, kLargestFactor);
  const double classifier = has_classifier ? config.number_or("classifier_lr_ratio", 1, 0, kLargestFactor) : 1;
  config.finish();

  struct Part {
    std::string group, prefix;
    double factor;
  };
  std::vector<Part> parts{{"policy_stn", "policy_stn.", policy}, {"global_CNN", "global_CNN.", glance}};
  if (has_classifier) parts.push_back({"global_CNN_fc", "global_CNN_fc.", glance});
  parts.push_back({"local_CNN", "local_CNN.", 1});
  if (has_classifier) {
    parts.push_back({"local_CNN_fc", "local_CNN_fc.", 1});
    parts.push_back({"pooling_classifier", "classifier.", classifier});
  }

  std::vector<ParameterGroup> groups;
  for (const Part& part : parts)
    groups.push_back({part.group, request.learning_rate * part.factor, request.weight_decay, {}});
  for (const nn::Entry& entry : entries) {
    if (entry.kind != nn::EntryKind::kParameter) continue;
    const auto part = std::find_if(parts.begin(), parts.end(),
                                   [&](const Part& candidate) { return entry.name.starts_with(candidate.prefix); });
    if (part == parts.end())
      throw UsageError(request.place + ".constructor", "has no group for " + entry.name, "leave the constructor out");
    groups[static_cast<size_t>(part - parts.begin())].parameters.push_back(entry);
  }
  return groups;
}

}  // namespace vs::train
