// The pictures of a video.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "examples/bursts/glyph.h"
#include "examples/bursts/options.h"
#include "examples/bursts/story.h"
#include "lib/core/random.h"

namespace vs::bursts {

/// Draws the frames of one video, in order. Results depend on the seed and the story alone.
class Painter {
 public:
  Painter(const SceneOptions& scene, const Story& story, uint64_t seed);

  /// Luma of the next frame, [H,W] of video range; at most `frames` calls. The bytes stay valid until the next call.
  std::span<const uint8_t> next_luma();

 private:
  void shift_background(const Point& camera);
  void draw_bursts();
  void add_noise();

  const SceneOptions* scene_;
  const Story* story_;
  int64_t border_, frame_ = 0;
  Plane background_, picture_;
  std::vector<uint8_t> luma_;
  std::array<float, 256> noise_;  ///< quantiles of the normal distribution, times the noise's deviation
  ItemRandom noise_bits_;
};

}  // namespace vs::bursts
