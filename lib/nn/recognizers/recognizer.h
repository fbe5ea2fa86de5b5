// Backbone and head: the recognizers of mmaction2.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/nn/network.h"

namespace vs::nn {

class Config;

/// Recognizer2D (images) or Recognizer3D (clips): every image or clip through the backbone, maps to the head.
class PlainRecognizer : public Recognizer {
 public:
  /// kImages: imgs [N, M, 3, H, W], the head is told M. kClips: imgs [N, clips, 3, T, H, W], a row of scores a clip.
  enum class Input { kImages, kClips };

  PlainRecognizer(Input input, std::unique_ptr<Backbone> backbone, std::unique_ptr<Head> head, AverageClips average);
  std::string kind() const override { return input_ == Input::kClips ? "Recognizer3D" : "Recognizer2D"; }
  at::Tensor logits(const at::Tensor& imgs) override;
  at::Tensor pooled_features(const at::Tensor& imgs) override;
  Backbone& backbone() { return *backbone_; }
  Head& head() { return *head_; }
  /// At most so many clips at once through the backbone in evaluation (max_testing_views); 0: all.
  void limit_views(int64_t views) { views_ = views; }

 private:
  at::Tensor features(const at::Tensor& imgs);

  Input input_;
  int64_t views_ = 0;
  Backbone* backbone_;
  Head* head_;
};

/// Keys: backbone, cls_head, test_cfg (average_clips, max_testing_views). Throws UsageError too where the head does not
/// fit the backbone.
std::unique_ptr<Recognizer> build_recognizer2d(Config config);
std::unique_ptr<Recognizer> build_recognizer3d(Config config);

}  // namespace vs::nn
