// OCSampler's skim network: how much each frame of a video matters (Lin et al., CVPR 2022).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/nn/backbones/mobilenet_v2.h"

namespace vs::nn {

class Linear;

/// A MobileNetV2 whose pooled features give a number a frame; `logit` stands beside the backbone's own entries.
class MobileNetV2Sampler : public MobileNetV2 {
 public:
  /// total_segments: frames of a video, over which the probabilities sum to 1.
  MobileNetV2Sampler(const MobileNetV2Options& options, int64_t total_segments);
  std::string kind() const override { return "MobileNetV2Sampler"; }
  int64_t total_segments() const { return total_segments_; }

  /// frames: [videos * total_segments, 3, H, W]. Returns [videos, total_segments] before the soft-max.
  /// Throws DataError if the first axis is no multiple of total_segments.
  at::Tensor logits(const at::Tensor& frames);
  /// The same of the mean of each frame's map, [videos * total_segments, out_channels()].
  at::Tensor logits_of_pooled(const at::Tensor& pooled);
  /// Soft-max of logits() over the frames of a video.
  at::Tensor probabilities(const at::Tensor& frames);

 private:
  int64_t total_segments_;
  Linear& logit_;
};

/// Frames [..., C, H, W] as the skim network sees them: [..., C, size, size] by the nearest pixel, source row and
/// column floor(i * H / size). Throws DataError for another number of axes than 4.
at::Tensor skim_frames(const at::Tensor& frames, int64_t size);

/// Keys: widen_factor, num_segments (of the shift), total_segments, is_shift, shift_div, is_sampler (true if given).
std::unique_ptr<MobileNetV2Sampler> build_mobilenet_v2_sampler(Config config);

}  // namespace vs::nn
