// The order in which DRCA ranks frames.
#pragma once

#include <cstdint>

#include "lib/cuda/kernels/host_device.h"

namespace vs::cuda {

/// a > b, NaN larger than all numbers and equal to itself.
VS_HOST_DEVICE inline bool is_larger(float a, float b) { return a > b || (a != a && b == b); }

/// How many of scores[0, frames) come before frame `frame` in a stable sort, largest first.
VS_HOST_DEVICE inline int rank_descending(const float* scores, int frames, int frame) {
  const float own = scores[frame];
  int rank = 0;
  for (int other = 0; other < frames; ++other)
    rank += is_larger(scores[other], own) || (other < frame && !is_larger(own, scores[other]));
  return rank;
}

/// The same in a stable sort, smallest first.
VS_HOST_DEVICE inline int rank_ascending(const float* scores, int frames, int frame) {
  const float own = scores[frame];
  int rank = 0;
  for (int other = 0; other < frames; ++other)
    rank += is_larger(own, scores[other]) || (other < frame && !is_larger(scores[other], own));
  return rank;
}

/// The place of a frame when the kept frames come first and each part is in the order of time: its number among the
/// kept ones, or, after all of these, its number among the others. is_kept[0, frames), `kept` of them set.
VS_HOST_DEVICE inline int place_of_frame(const uint8_t* is_kept, int kept, int frame) {
  int kept_before = 0;
  for (int other = 0; other < frame; ++other) kept_before += is_kept[other];
  return is_kept[frame] ? kept_before : kept + frame - kept_before;
}

}  // namespace vs::cuda
