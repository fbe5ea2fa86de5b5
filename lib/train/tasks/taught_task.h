// Training of any recognizer by any other that has the same classes.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/train/task.h"
#include "lib/train/tasks/distillation_terms.h"
#include "lib/train/tasks/frozen_parts.h"
#include "lib/train/tasks/head_training.h"

namespace vs::train {

/// What a teacher says of videos, wherever it comes from.
class TeacherOutputs {
 public:
  virtual ~TeacherOutputs() = default;
  /// distillation_target() of each term, in their order, for videos of a batch (Batch::items) in one of their views; on
  /// any device.
  /// Throws DataError naming a video of which nothing is known.
  virtual std::vector<at::Tensor> of(const std::vector<int64_t>& items, int64_t view) = 0;
};

/// `train.distillation` where it names a teacher.
struct TeachingOptions {
  std::vector<DistillationTerm> terms;
  std::vector<int64_t> student_size, teacher_size;  ///< height and width of the frames of each; empty: as they come
  std::string teacher_weights;                      ///< its checkpoint
  int64_t views = 0;  ///< fixed views of a video, taken in rotation; 0: new ones each epoch
};

/// Throws UsageError naming the place of what is wrong.
TeachingOptions read_teaching_options(const nlohmann::ordered_json& train);

/// A student learns from labels and from a teacher that sees the same frames, each in its own size and layout. The loss
/// is that of classes plus each term's distance times its weight; parts: loss_cls, loss_kd (loss_<part> too where there
/// are several terms), top1_acc, top5_acc.
///
/// The teacher runs in evaluation mode, prepared for inference, without gradients, and is no part of module(): entries
/// have the names of the student's own recognizer, so that vs-eval loads them by the student's recipe; adaptation.* of
/// Adaptation stand before them where features of two widths are compared. The teacher's file is loaded when training
/// is prepared, also in a resumed run.
class TaughtTask final : public Task {
 public:
  /// What is trained, within the module.
  struct Student {
    nn::PlainRecognizer& network;
    Adaptation* adaptation;  ///< may be null
    bool clips;              ///< what it takes
  };
  struct Teacher {
    std::unique_ptr<nn::PlainRecognizer> network;
    bool clips;
    std::string place;
  };
  /// module: holds the student. model: the student's, at `place`.
  TaughtTask(std::unique_ptr<nn::Module> module, const Student& student, Teacher teacher, TeachingOptions options,
             const nlohmann::ordered_json& model, const std::string& place);

  LabelUse label_use() const override { return head_.loss.several_labels ? LabelUse::kAll : LabelUse::kDrawn; }
  /// Loads the teacher, unless it is there or its outputs are. Throws what nn::load_weights() throws.
  void prepare_training() override;
  void begin_step(int64_t iteration, int64_t iterations, int64_t iterations_per_epoch) override;
  Batch ready(const Batch& batch) override;
  Losses forward(const Batch& batch) override;
  bool repeatable() const override { return true; }

  const TeachingOptions& options() const { return options_; }
  /// Targets of every term for the frames of a batch, on whose device the teacher is from the first call on. Throws
  /// std::logic_error once the teacher has left.
  std::vector<at::Tensor> teach(const at::Tensor& imgs);
  /// Loads the teacher now.
  void load_teacher();
  /// From now on these say what the teacher does, which leaves memory; borrowed. Needs options().views > 0.
  void use_outputs(TeacherOutputs& outputs);

 private:
  Student student_;
  Teacher teacher_;
  TeachingOptions options_;
  HeadTraining head_;
  FrozenParts frozen_;
  nn::Linear* classifier_ = nullptr;          ///< the student's, where score maps are compared
  nn::Linear* teacher_classifier_ = nullptr;  ///< the same of the teacher
  TeacherOutputs* outputs_ = nullptr;
  bool loaded_ = false, ready_ = false;
  int64_t view_ = 0;
};

/// model: the student's, of type Recognizer2D or Recognizer3D, also with a backbone RKD, of which the student alone is
/// built. train: `distillation` {teacher {model, weights}, terms (see read_distillation_terms()), student_size and
/// teacher_size ([height, width]), views}. Throws UsageError naming the place of what cannot be built, and for networks
/// of different numbers of classes, mixup and label smoothing.
std::unique_ptr<Task> build_taught_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                        const std::string& place = "model");

/// Whether a recipe's `train` names a teacher of its own.
bool names_teacher(const nlohmann::ordered_json& train);

}  // namespace vs::train
