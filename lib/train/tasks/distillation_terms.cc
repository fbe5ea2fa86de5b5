#include "lib/train/tasks/distillation_terms.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/systems/distillation.h"
#include "lib/train/losses/distillation.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMostWeight = 1e6, kLeastTemperature = 1e-3, kMostTemperature = 1e3;
constexpr int64_t kTimeAxis = 3;

/// [N, clips, C, ...] to [N, 1, C, clips * T, h, w]: clips behind each other are one.
at::Tensor joined_clips(const at::Tensor& maps) { return maps.transpose(1, 2).flatten(2, kTimeAxis).unsqueeze(1); }

/// Means of so many frames after each other.
at::Tensor fewer_frames(const at::Tensor& maps, int64_t frames) {
  if (maps.size(kTimeAxis) == frames) return maps;
  return maps.unflatten(kTimeAxis, {frames, -1}).mean(kTimeAxis + 1);
}

struct Aligned {
  at::Tensor student, target;  ///< [n, C, T, h, w], alike but for C
};

/// Brings maps to one grid.
Aligned aligned(const at::Tensor& student, const at::Tensor& target) {
  const bool joined = student.size(1) != target.size(1);
  at::Tensor own = joined ? joined_clips(student) : student;
  at::Tensor other = joined ? joined_clips(target) : target;
  const int64_t frames = std::min(own.size(kTimeAxis), other.size(kTimeAxis));
  if (own.size(kTimeAxis) % frames != 0 || other.size(kTimeAxis) % frames != 0)
    throw DataError(
        "distillation",
        fmt::format("the student's maps have {} frames, the teacher's {}: neither is a multiple of the other",
                    own.size(kTimeAxis), other.size(kTimeAxis)),
        "compare \"pooled\" features or \"scores\"");
  own = fewer_frames(own, frames).flatten(0, 1);
  other = fewer_frames(other, frames).flatten(0, 1);
  const auto size = other.sizes().slice(other.dim() - 2);
  if (own.sizes().slice(own.dim() - 2) != size) own = systems::resize_frames(own, size.vec());
  return {own, other};
}

at::Tensor over_channels(nn::Linear& layer, const at::Tensor& maps) {
  return layer(maps.movedim(1, -1)).movedim(-1, 1);
}

/// [n, C, ...] to [n * positions, C].
at::Tensor rows_of(const at::Tensor& maps) { return maps.movedim(1, -1).flatten(0, -2); }

/// Rows of both, one a video where their numbers differ.
Aligned aligned_rows(const at::Tensor& student, const at::Tensor& target) {
  if (student.size(1) == target.size(1)) return {student.flatten(0, 1), target.flatten(0, 1)};
  return {student.mean(1), target.mean(1)};
}

void need_positions(const Sight& sight, DistilledPart part, const char* who) {
  const bool of_maps = part == DistilledPart::kFeatures || part == DistilledPart::kScoreMaps;
  if (of_maps && !sight.has_positions)
    throw DataError("distillation", fmt::format("the {} gives no maps to be compared as {}", who, name_of(part)),
                    "compare \"pooled\" features or \"scores\"");
}

}  // namespace

const std::vector<std::string>& distilled_part_names() {
  static const std::vector<std::string> names{"features", "pooled", "score_maps", "scores"};
  return names;
}

DistilledPart distilled_part_named(const std::string& name) {
  const auto& names = distilled_part_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::logic_error("no part is called " + name);
  return static_cast<DistilledPart>(found - names.begin());
}

const std::string& name_of(DistilledPart part) { return distilled_part_names()[static_cast<size_t>(part)]; }

std::vector<DistillationTerm> read_distillation_terms(const Json& list, const std::string& place) {
  if (!list.is_array() || list.empty()) throw UsageError(place, "is no list of terms", "give one at least");
  std::vector<DistillationTerm> terms;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string of_term = fmt::format("{}[{}]", place, i);
    if (!list[i].is_object()) throw UsageError(of_term, "is no object");
    nn::Config config(list[i], of_term);
    DistillationTerm term;
    if (!config.has("part")) throw UsageError(config.place_of("part"), "is missing");
    term.part = distilled_part_named(config.word("part", "", distilled_part_names()));
    term.weight = config.number_or("weight", term.weight, 0, kMostWeight);
    term.temperature = config.number_or("temperature", term.temperature, kLeastTemperature, kMostTemperature);
    config.finish();
    for (const DistillationTerm& other : terms) {
      if (other.part == term.part)
        throw UsageError(config.place_of("part"), fmt::format("\"{}\" stands there twice", name_of(term.part)));
    }
    terms.push_back(term);
  }
  return terms;
}

Adaptation::Adaptation(const std::vector<DistillationTerm>& terms, int64_t student, int64_t teacher) {
  for (const DistillationTerm& term : terms) {
    if (term.part == DistilledPart::kFeatures) features_ = &child<nn::Linear>("features", student, teacher);
    if (term.part == DistilledPart::kPooledFeatures) pooled_ = &child<nn::Linear>("pooled", student, teacher);
  }
}

nn::Linear* Adaptation::layer(DistilledPart part) {
  if (part == DistilledPart::kFeatures) return features_;
  return part == DistilledPart::kPooledFeatures ? pooled_ : nullptr;
}

at::Tensor distillation_target(DistilledPart part, const Sight& teacher, nn::Linear* classifier) {
  need_positions(teacher, part, "teacher");
  switch (part) {
    case DistilledPart::kFeatures:
      return teacher.maps;
    case DistilledPart::kPooledFeatures:
      return teacher.maps.mean({3, 4, 5});
    case DistilledPart::kScoreMaps:
      if (classifier == nullptr) throw std::logic_error("the teacher's classifier is needed");
      return (*classifier)(teacher.maps.movedim(2, -1)).movedim(-1, 2);
    case DistilledPart::kScores:
      break;
  }
  return teacher.scores;
}

at::Tensor distillation_distance(const DistillationTerm& term, const Sight& student, const at::Tensor& target,
                                 nn::Linear* classifier, Adaptation* adaptation) {
  need_positions(student, term.part, "student");
  nn::Linear* const widening = adaptation == nullptr ? nullptr : adaptation->layer(term.part);
  switch (term.part) {
    case DistilledPart::kFeatures: {
      const Aligned maps = aligned(student.maps, target);
      return feature_distance(widening ? over_channels(*widening, maps.student) : maps.student, maps.target);
    }
    case DistilledPart::kPooledFeatures: {
      const Aligned rows = aligned_rows(student.maps.mean({3, 4, 5}), target);
      return feature_distance(widening ? (*widening)(rows.student) : rows.student, rows.target);
    }
    case DistilledPart::kScoreMaps: {
      if (classifier == nullptr) throw std::logic_error("the student's classifier is needed");
      const Aligned maps = aligned(student.maps, target);
      return score_divergence((*classifier)(rows_of(maps.student)), rows_of(maps.target), term.temperature,
                              DivergenceMean::kElements);
    }
    case DistilledPart::kScores:
      break;
  }
  const Aligned rows = aligned_rows(student.scores, target);
  return score_divergence(rows.student, rows.target, term.temperature, DivergenceMean::kRows);
}

}  // namespace vs::train
