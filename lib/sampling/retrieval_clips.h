// How video retrieval cuts a video into clips: one frame a second, all of them, clip after clip.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/sampling/crop.h"
#include "lib/sampling/geometry.h"

namespace vs::sampling {

/// The frames kept at one a second: every r-th from frame 0 on, r the rate rounded to a whole number, halves to even.
///
/// A rate above 144 is taken for damage and counts as 25; at half a frame a second and below every frame is kept.
/// Throws DataError for num_frames < 1 and for a rate that is not a positive number.
/// Source: the decoding of 3D-CSL's retrieval evaluation, which DRCA's refers to.
std::vector<int64_t> one_frame_a_second(int64_t num_frames, double frame_rate);

/// How kept frames fill clips of clip_len frames.
struct ClipPartition {
  int64_t num_clips = 0;
  int64_t used_frames = 0;     ///< kept frames that are in a clip: the first ones
  int64_t zero_frames = 0;     ///< black frames (all bytes 0, before normalisation) that fill up the last clip
  int64_t dropped_frames = 0;  ///< kept frames left over at the end
  bool operator==(const ClipPartition&) const = default;
};

/// num_frames / clip_len clips, rounded, halves up, and at least one: a last clip that is less than half full is left
/// out, another is filled up. Throws UsageError for clip_len < 1, DataError for num_frames < 1.
/// Source: 3D-CSL, which DRCA's retrieval evaluation refers to.
ClipPartition partition_into_clips(int64_t num_frames, int64_t clip_len);

/// Size of a frame and the part of it that the network sees.
struct RetrievalView {
  Size resized;  ///< short side `side`, the other cut to a whole number
  Box crop;      ///< the square in the middle
};

/// Throws UsageError for a side below 1 or too large, DataError for an empty or too large picture. Source: as above.
RetrievalView retrieval_view(Size picture, int64_t side);

}  // namespace vs::sampling
