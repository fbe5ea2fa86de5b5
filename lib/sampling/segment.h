// Equal parts of a video and frames spread evenly over it; integers only, nothing drawn.
#pragma once

#include <cstdint>
#include <vector>

namespace vs::sampling {

/// Picks one frame from each of `num_segments` equal parts of a video, at the middle of the part.
///
/// For segment k the index is floor((k + 0.5) * num_frames / num_segments).
/// num_frames >= 1, num_segments >= 1; with fewer frames than segments indices repeat, they never leave [0,
/// num_frames). Returns [num_segments] indices, not decreasing. Throws UsageError if num_segments is below 1, DataError
/// if num_frames is. Source: segment sampling of TSN (Wang et al., ECCV 2016), test mode.
std::vector<int64_t> segment_centers(int64_t num_frames, int64_t num_segments);

/// Picks `count` frames spread over the whole video, first and last frame included.
///
/// Index j is (num_frames - 1) * j / (count - 1) rounded to the nearest, halves up; a single one is the middle frame,
/// floor((num_frames - 1) / 2). Indices repeat where there are fewer frames than asked for. Returns [count] indices,
/// not decreasing. Throws UsageError if count is below 1, DataError if num_frames is.
std::vector<int64_t> evenly_spaced(int64_t num_frames, int64_t count);

/// Every `step`-th frame from `first` on: first, first + step, ... below num_frames.
///
/// Throws UsageError if step is below 1 or first is negative, DataError if num_frames is below 1.
std::vector<int64_t> every_nth(int64_t num_frames, int64_t step, int64_t first = 0);

}  // namespace vs::sampling
