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

/// The backbone of type RKD: what the student gives for frames shrunk to low_img_res. Entries: low_res_path.*, and
/// high_res_path.* with a teacher, which does not run.
class DistillationBackbone : public nn::Backbone {
 public:
  /// Keys: low_res_cfg, high_res_cfg, low_img_res (112 112); low_feat_size, high_feat_size and pretrained_t mean
  /// nothing to it.
  DistillationBackbone(nn::Config config, bool with_teacher);
  std::string kind() const override { return "RKD"; }
  int64_t out_channels() const override { return student_->out_channels(); }
  /// 0 without a teacher.
  int64_t teacher_channels() const { return teacher_channels_; }

 protected:
  at::Tensor forward(const at::Tensor& x) override { return (*student_)(resize_frames(x, size_)); }

 private:
  std::vector<int64_t> size_;
  nn::Backbone* student_ = nullptr;
  int64_t teacher_channels_ = 0;
};

/// A Recognizer2D or Recognizer3D with that backbone and a head RKD2DHead, RKD3DHead or GeneralRKD3DHead, in evaluation
/// a TSNHead or I3DHead. With a teacher GeneralRKD3DHead has its classifier too, cls_head.fc_cls_t.
/// Throws UsageError as nn::build_recognizer() does.
std::unique_ptr<nn::PlainRecognizer> build_distilled(const nlohmann::ordered_json& model, bool with_teacher,
                                                     const std::string& place);

}  // namespace vs::systems
