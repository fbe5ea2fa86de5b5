// The recipe of a distillation, made of a student's and a teacher's.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/train/tasks/distillation_terms.h"

namespace vs::train {

/// What was asked for beside the student's recipe.
struct DistillationRequest {
  std::string teacher = {};                  ///< its checkpoint; empty: as the recipe says
  std::string teacher_recipe = {};           ///< empty: the recipe is one of ResKD's
  std::vector<DistillationTerm> terms = {};  ///< empty: as published, or the scores
  std::optional<int64_t> student_size = {};  ///< pixels a side
  std::optional<int64_t> views = {};
};

/// "NAME[:WEIGHT[:TEMPERATURE]]" of --term. Throws UsageError.
DistillationTerm parse_distillation_term(const std::string& text);

/// Lays the request over a recipe, before --set, so that every key of train.distillation can be set.
///
/// One of ResKD's gets the teacher's file as model.backbone.pretrained_t. Any other gets train.distillation.teacher
/// from the teacher's recipe, and sizes: the training pipeline stays the student's with every size in pixels (of
/// Resize, crops and MultiScaleCrop) scaled by one factor so that it gives frames of the larger of the two sides, which
/// are those that both recipes' training pipelines give; the smaller one's frames are shrunk in the step. With
/// student_size the pipelines data.val and data.test are scaled to it as well.
///
/// Throws UsageError for an unknown recipe, a teacher's recipe beside one of ResKD's, recipes that normalise pixels
/// differently, a pipeline whose frames are no squares, and a request that has nothing to act on.
void request_distillation(nlohmann::ordered_json& document, const DistillationRequest& request);

/// After --set: a recipe of ResKD with train.distillation.teacher_eval names its teacher as any other does, which never
/// changes then and is left out of checkpoints. Throws UsageError for terms that only such a one can have.
void settle_distillation(nlohmann::ordered_json& document);

/// The student alone, with its pipelines data.val and data.test and no `train`: a recipe for vs-eval and the file that
/// export_student() writes. Frames of ResKD's are shrunk at the end of the pipelines.
nlohmann::ordered_json recipe_of_student(const nlohmann::ordered_json& document);
/// The teacher's network and the frames that it sees of one video, without pipelines.
nlohmann::ordered_json recipe_of_teacher(const nlohmann::ordered_json& document);

/// Writes the student's entries of a checkpoint of this training under the names of recipe_of_student()'s model.
/// Throws what nn::load_weights() and nn::save_weights() throw.
void export_student(const nlohmann::ordered_json& document, const std::string& checkpoint, const std::string& path);

/// The teacher's checkpoint, as the recipe names it; empty if it does not.
std::string teacher_file_of(const nlohmann::ordered_json& document);
/// Puts another in its place; does nothing where there is no teacher.
void set_teacher_file(nlohmann::ordered_json& document, const std::string& path);

}  // namespace vs::train
