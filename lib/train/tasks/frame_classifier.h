// What a classifier says of the frames that were chosen for it.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/nn/network.h"

namespace vs::train {

/// How a backbone takes the frames of a video.
enum class FrameUse {
  kEach,      ///< as images, each by itself
  kTogether,  ///< as images that learn from their neighbours (temporal shift)
  kClip,      ///< as one clip
};

/// Backbone and head of a recognizer behind a sampler. Borrows both.
class FrameClassifier {
 public:
  using Backbone = std::function<at::Tensor(const at::Tensor&)>;

  /// backbone: images [rows, ...] or, with kClip, clips [rows, ...] with the frames on the third axis, to maps [rows,
  /// C, ...]. probabilities: the head gives the soft-max of its scores.
  FrameClassifier(Backbone backbone, nn::Head& head, FrameUse use, bool probabilities);

  /// Features of two choices of frames.
  struct Features {
    at::Tensor first, second;  ///< means over the positions [B * N, C]; with kClip maps of the clips [B, C, ...]
  };
  /// imgs: [B, T, ...]. first, second: indices [B, N], in the order in which the backbone gets the frames; the second
  /// may be undefined. With kEach a frame that is in both is looked at once. Gradients are those of the first.
  Features look(const at::Tensor& imgs, const at::Tensor& first, const at::Tensor& second) const;

  /// The head's scores [B, C] of N frames a video, in single precision at least.
  at::Tensor scores(const at::Tensor& features, int64_t frames) const;
  /// Scores of scores() as probabilities.
  at::Tensor probabilities(const at::Tensor& scores) const;
  /// [B, N, C]: what each frame gives by itself, without gradient or drop-out. Images: the head on the features of one
  /// frame; with kClip, a clip of one frame through the backbone, with its features not used.
  at::Tensor frame_probabilities(const at::Tensor& imgs, const at::Tensor& frames, const at::Tensor& features) const;

 private:
  Backbone backbone_;
  nn::Head& head_;
  FrameUse use_;
  bool probabilities_;
};

/// Whether a head, by its description at `place`, gives the soft-max of its scores: an R50Head or R50MultiHead that is
/// `frozen`, and that no training changes.
bool gives_probabilities(const nlohmann::ordered_json& head, const std::string& place);

}  // namespace vs::train
