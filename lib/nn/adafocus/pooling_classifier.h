// AdaFocusV2's classifier: scores after every frame, of all frames so far (Wang et al., CVPR 2022; its scheme is that
// of FrameExit, Ghodrati et al., CVPR 2021).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/nn/network.h"

namespace vs::nn {

class BatchNorm;
class Dropout;
class Linear;

struct PoolingClassifierOptions {
  int64_t in_features = 0;
  int64_t num_segments = 16;
  int64_t num_classes = 200;
  int64_t hidden_features = 4096;  ///< fixed in the reference
  double dropout = 0.8;
};

/// Each frame's features through one hidden layer (mlp.layers.0, .1, ReLU); the largest values over the frames so far;
/// a linear layer of its own for each number of frames (classifiers.<t>.1).
class PoolingClassifier : public Head {
 public:
  explicit PoolingClassifier(const PoolingClassifierOptions& options);
  std::string kind() const override { return "PoolingClassifier"; }
  int64_t num_classes() const override { return num_classes_; }
  int64_t num_segments() const { return static_cast<int64_t>(classifiers_.size()); }

  /// features: [videos * num_segments, in_features], the frames of a video in the order in which they are looked at.
  /// Returns [videos, num_segments, classes]: row t is what the first t + 1 frames say.
  /// Throws DataError if the first axis is no multiple of num_segments.
  at::Tensor after_every_frame(const at::Tensor& features);
  /// What the first t + 1 frames say, given the features [videos, in_features] of frame t. `largest` holds the largest
  /// hidden values of the frames before (undefined at the first), and takes those of this one in.
  /// Throws DataError unless there is a classifier for t + 1 frames.
  at::Tensor after_frame(const at::Tensor& features, int64_t t, at::Tensor& largest);

 protected:
  /// What all frames say. `segments` must be num_segments.
  at::Tensor forward(const at::Tensor& features, int64_t segments) override;

 private:
  struct Exit {
    Dropout* dropout;
    Linear* linear;
  };
  int64_t num_classes_;
  Linear* hidden_ = nullptr;
  BatchNorm* norm_ = nullptr;
  std::vector<Exit> classifiers_;
};

/// Keys: in_channels, num_segments, num_classes, dropout.
std::unique_ptr<Head> build_pooling_classifier(Config config);

}  // namespace vs::nn
