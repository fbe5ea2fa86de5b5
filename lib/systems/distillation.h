// ResKD: a student on shrunk frames that a teacher on whole ones taught (cross-resolution knowledge distillation).
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/nn/recognizers/recognizer.h"

namespace vs::systems {

/// Images [N, C, H, W], or each frame of clips [N, C, T, H, W], in another size (height, width): bilinear, half-pixel
/// centres, no anti-aliasing. Throws DataError for another number of axes.
at::Tensor resize_frames(const at::Tensor& x, const std::vector<int64_t>& size);

/// Whether a model's backbone is of type RKD.
bool is_distillation(const nlohmann::ordered_json& model);

/// Of a model with a backbone RKD its student, or its teacher, as a recognizer of its own, with the head that it has in
/// evaluation. A checkpoint of the distillation has the student's entries with `low_res_path.` behind `backbone.`.
nlohmann::ordered_json student_model(const nlohmann::ordered_json& model);
nlohmann::ordered_json teacher_model(const nlohmann::ordered_json& model, const std::string& place);

/// How much of the teacher is there.
enum class Teacher {
  kLeftOut,
  kAsPublished,     ///< its backbone, and with GeneralRKD3DHead its classifier
  kWithClassifier,  ///< both with every head
};

/// The backbone of type RKD: what the student gives for frames shrunk to low_img_res. Entries: low_res_path.*, and
/// high_res_path.* with a teacher, which runs in teach() only.
class DistillationBackbone : public nn::Backbone {
 public:
  /// Keys: low_res_cfg, high_res_cfg, low_img_res (112 112), high_feat_size (7 7); low_feat_size and pretrained_t mean
  /// nothing to it.
  DistillationBackbone(nn::Config config, Teacher teacher);
  std::string kind() const override { return "RKD"; }
  int64_t out_channels() const override { return student_->out_channels(); }

  struct Maps {
    at::Tensor student;  ///< [N, C, ...]
    at::Tensor resized;  ///< the same on the grid high_feat_size
    at::Tensor teacher;  ///< of the whole frames, without gradient
  };
  /// The student's maps first, then the teacher's: the order of random draws. Throws std::logic_error without a
  /// teacher.
  Maps teach(const at::Tensor& x);
  nn::Backbone& student() { return *student_; }
  /// Null if left out.
  nn::Backbone* teacher() { return teacher_; }

 protected:
  at::Tensor forward(const at::Tensor& x) override { return (*student_)(resize_frames(x, image_size_)); }

 private:
  std::vector<int64_t> image_size_, map_size_;
  nn::Backbone* student_ = nullptr;
  nn::Backbone* teacher_ = nullptr;
};

/// A recognizer with that backbone; what it says at test time is the student's.
class DistilledRecognizer : public nn::PlainRecognizer {
 public:
  /// The head's classifier is its child fc_cls, the teacher's fc_cls_t.
  DistilledRecognizer(Input input, std::unique_ptr<DistillationBackbone> backbone, std::unique_ptr<nn::Head> head,
                      nn::AverageClips average);

  struct Lesson {
    at::Tensor scores;  ///< the student's, [rows, classes]
    DistillationBackbone::Maps maps;
  };
  /// imgs as logits() takes them. Throws DataError for another layout.
  Lesson teach(const at::Tensor& imgs);
  DistillationBackbone& distillation() { return *distillation_; }
  nn::Layer& classifier() { return *classifier_; }
  /// Null if there is none.
  nn::Layer* teacher_classifier() { return teacher_classifier_; }

 private:
  Input input_;
  DistillationBackbone* distillation_;
  nn::Layer* classifier_ = nullptr;
  nn::Layer* teacher_classifier_ = nullptr;
};

/// A Recognizer2D or Recognizer3D with a backbone RKD and a head RKD2DHead, RKD3DHead or GeneralRKD3DHead, in
/// evaluation a TSNHead or I3DHead. The teacher's classifier is cls_head.fc_cls_t.
/// Throws UsageError as nn::build_recognizer() does.
std::unique_ptr<DistilledRecognizer> build_distilled(const nlohmann::ordered_json& model, Teacher teacher,
                                                     const std::string& place);

/// Gives the teacher the weights of a recognizer's checkpoint, `backbone.` and, if it has a classifier,
/// `cls_head.fc_cls.`, or those that a checkpoint of such a network has of it. Throws DataError naming what is missing,
/// wrongly shaped, or in the file's backbone and not in the teacher; std::logic_error without a teacher.
void load_teacher(DistilledRecognizer& network, const std::string& path);

}  // namespace vs::systems
