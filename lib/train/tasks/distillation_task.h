// Training of a student on shrunk frames by a teacher on whole ones (ResKD).
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/systems/distillation.h"
#include "lib/train/task.h"
#include "lib/train/tasks/distillation_terms.h"
#include "lib/train/tasks/frozen_parts.h"
#include "lib/train/tasks/head_training.h"

namespace vs::train {

struct DistillationOptions {
  DistilledPart part = DistilledPart::kFeatures;  ///< none of kPooledFeatures
  double weight = 100;
  double temperature = 2;
  /// As published, the teacher normalises by the statistics of the batch, moves its running ones and drops paths.
  bool teacher_evaluated = false;
  bool teacher_drops_paths = true;
};

/// Batches as the recognizer takes them at test, and labels as classification_loss() takes them. The loss is that of
/// classes plus that of the teacher; parts: loss_cls, loss_kd, top1_acc, top5_acc. The teacher has no gradients; nor
/// does its classifier.
/// Source: ResKD, its RKD backbone with RKD2DHead, RKD3DHead and GeneralRKD3DHead.
class DistillationTask final : public Task {
 public:
  /// model: the description that the network was built from, at `place`.
  DistillationTask(std::unique_ptr<systems::DistilledRecognizer> network, const nlohmann::ordered_json& model,
                   const DistillationOptions& options, const std::string& place);

  LabelUse label_use() const override { return head_.loss.several_labels ? LabelUse::kAll : LabelUse::kDrawn; }
  void prepare_training() override;
  /// Loads the file that the backbone's pretrained_t names, or the head's. Throws UsageError if neither does, a
  /// teacher that nobody trained teaching nothing, or if it is not there; what systems::load_teacher() throws.
  void begin_run() override;
  Batch ready(const Batch& batch) override;
  Losses forward(const Batch& batch) override;
  bool repeatable() const override { return true; }

 private:
  at::Tensor teacher_loss(const systems::DistilledRecognizer::Lesson& lesson, int64_t videos);

  systems::DistilledRecognizer& network_;
  DistillationOptions options_;
  HeadTraining head_;
  FrozenParts frozen_student_, frozen_teacher_;
  std::string place_, teacher_path_;
};

/// The file of the teacher's weights that ResKD's model names as pretrained_t; empty if it names none.
std::string teacher_path_of(const nlohmann::ordered_json& model);

/// model: a Recognizer2D or Recognizer3D with a backbone RKD; its head's w_loss_kd is the weight: 100 where it is not
/// given, 1 for GeneralRKD3DHead. train: `distillation` {part: features | score_maps | scores (what the head's type
/// says), temperature (2), weight (the head's), teacher_eval (false), teacher_drop_path (true)}.
/// Throws UsageError naming the place of what cannot be built, of maps of two widths that are to be compared, and of
/// mixup or label smoothing, which the published trainings do not have.
std::unique_ptr<Task> build_distillation_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                              const std::string& place = "model");

}  // namespace vs::train
