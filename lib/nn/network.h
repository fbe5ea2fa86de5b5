// What networks offer to the programs, and how one is built from its description.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/nn/module.h"

namespace vs::nn {

class Config;

/// A feature extractor: images [N, 3, H, W] or clips [N, 3, T, H, W] to maps [N, C, ...].
class Backbone : public Layer {
 public:
  virtual int64_t out_channels() const = 0;
};

/// Features to scores.
class Head : public Module {
 public:
  virtual int64_t num_classes() const = 0;
  /// features: the backbone's maps of all images or clips, [N, C, ...]. segments: images that belong to one row of
  /// scores (1 for clips). Returns [rows, classes].
  at::Tensor operator()(const at::Tensor& features, int64_t segments) {
    const Running running(*this);
    return running.result(forward(features, segments));
  }

 protected:
  virtual at::Tensor forward(const at::Tensor& features, int64_t segments) = 0;
};

/// How the scores of a video's clips become one row.
enum class AverageClips { kNone, kScore, kProb };
/// "score", "prob" or "none"; UsageError for another word.
AverageClips average_clips_named(const std::string& name);
/// scores: [videos * clips, classes]. kNone: as they are; kScore: mean; kProb: mean of the soft-max. Returns
/// [videos, classes] where averaged. Throws DataError if the rows are no multiple of `clips`.
at::Tensor average_clips(const at::Tensor& scores, int64_t clips, AverageClips average);

/// A network that gives scores to a batch of videos.
class Recognizer : public Module {
 public:
  /// imgs: [N, M, 3, H, W], M images of a video (crops, clips and segments in this order), or [N, clips, 3, T, H, W].
  /// Returns what the head gives, a row a clip: before any averaging over clips.
  virtual at::Tensor logits(const at::Tensor& imgs) = 0;
  /// Mean of the backbone's maps over all positions, a row an image or clip: [rows, C].
  virtual at::Tensor pooled_features(const at::Tensor& imgs) = 0;
  /// logits() averaged over the clips of each video.
  at::Tensor test(const at::Tensor& imgs, AverageClips average);
  /// What the description says (test_cfg.average_clips), kNone if nothing.
  AverageClips average() const { return average_; }

 protected:
  AverageClips average_ = AverageClips::kNone;
};

/// Builds what an object of a recipe describes, in the names of mmaction2 ({"type": "ResNet", "depth": 50, ...}).
/// Throws UsageError naming the place of an unknown type or key, or of a value that does not fit.
std::unique_ptr<Recognizer> build_recognizer(const nlohmann::ordered_json& model, const std::string& place = "model");
std::unique_ptr<Backbone> build_backbone(Config config);
std::unique_ptr<Head> build_head(Config config);

}  // namespace vs::nn
