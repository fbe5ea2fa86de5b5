// What a student may take from a teacher, term by term.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/train/tasks/sight.h"

namespace vs::train {

/// What is compared.
enum class DistilledPart {
  kFeatures,        ///< maps
  kPooledFeatures,  ///< their means over time and space
  kScoreMaps,       ///< what each classifier says at every position
  kScores,          ///< what each network says of a clip
};

/// "features", "pooled", "score_maps" and "scores".
const std::vector<std::string>& distilled_part_names();
DistilledPart distilled_part_named(const std::string& name);
const std::string& name_of(DistilledPart part);

/// One summand of the loss.
struct DistillationTerm {
  DistilledPart part = DistilledPart::kScores;
  double weight = 1;
  double temperature = 4;  ///< of the scores; means nothing for features
};

/// Reads a list of {part, weight (1), temperature (4)}. Throws UsageError naming the place of what is not one, of an
/// empty list, and of a part that stands there twice.
std::vector<DistillationTerm> read_distillation_terms(const nlohmann::ordered_json& list, const std::string& place);

/// Learned layers that widen the student's features to the teacher's, one a term that needs one: children "features"
/// and "pooled", linear over the channels (at maps a convolution with a kernel of 1).
class Adaptation : public nn::Module {
 public:
  /// Layers from `student` to `teacher` channels for those of the terms that compare features.
  Adaptation(const std::vector<DistillationTerm>& terms, int64_t student, int64_t teacher);
  std::string kind() const override { return "Adaptation"; }
  /// Null where the part needs none.
  nn::Linear* layer(DistilledPart part);

 private:
  nn::Linear* features_ = nullptr;
  nn::Linear* pooled_ = nullptr;
};

/// What a part of a student is compared with, for N videos: maps [N, clips, C, T, h, w] (kFeatures), means [N, clips,
/// C] (kPooledFeatures), scores at positions [N, clips, classes, T, h, w] (kScoreMaps), or scores [N, rows, classes].
/// teacher: what it saw; classifier: its last layer, needed for kScoreMaps only. Throws DataError where maps are asked
/// for of a network that has none.
at::Tensor distillation_target(DistilledPart part, const Sight& teacher, nn::Linear* classifier);

/// The distance of a student from such a target, before the weight of its term. classifier, adaptation: the student's;
/// needed for kScoreMaps, and where the teacher's features are wider or narrower.
///
/// - features: feature_distance() of maps. The student's are resized bilinearly, frame by frame, to the height and
///   width of the teacher's, as ResKD's; where one network has a multiple of the other's frames, its maps are averaged
///   over time; clips are joined where their numbers differ.
/// - pooled: feature_distance() of the means; of a video's mean clip where the numbers of clips differ.
/// - score_maps: score_divergence() over all elements (ResKD's GeneralRKD3DHead) at the positions of the teacher's
///   maps, student's maps brought there as for `features`.
/// - scores: score_divergence() over rows (Hinton et al. 2015), row by row; of a video's mean row where their numbers
///   differ.
///
/// Throws DataError naming both shapes where they cannot be brought together. No gradient reaches the target.
at::Tensor distillation_distance(const DistillationTerm& term, const Sight& student, const at::Tensor& target,
                                 nn::Linear* classifier, Adaptation* adaptation);

}  // namespace vs::train
