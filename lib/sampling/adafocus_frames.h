// Which frames AdaFocusV2 looks at (Wang et al., CVPR 2022): one a segment, by the rules of its two programs.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/core/random.h"
#include "lib/sampling/sample_frames.h"

namespace vs::sampling {

/// What is taken of a video that has too few frames for one a segment.
enum class TooShort {
  kRepeatLast,  ///< every frame in order, then the last one again (ActivityNet, FCVID and Mini-Kinetics)
  kFirstFrame,  ///< the first frame, num_segments times (Something-Something and Jester)
};

/// How the frames of one clip are picked.
struct SegmentSampling {
  int64_t num_segments = 16;
  TooShort too_short = TooShort::kRepeatLast;
  int64_t start_index = 0;  ///< number of the first frame
};

/// Training: frame k is drawn from the floor(num_frames / num_segments) frames that begin at k times that number; the
/// frames after the last segment are never drawn. Videos of fewer frames than segments: by `too_short`, nothing drawn.
///
/// One draw a segment. Returns [num_segments] frame numbers, not decreasing. Throws UsageError for num_segments < 1 or
/// a negative start_index, DataError for num_frames < 1. Source: AdaFocusV2's training of both programs.
std::vector<int64_t> segment_frames_train(const SegmentSampling& how, int64_t num_frames, RandomSource& random);

/// Validation and test as published: the middle of each segment where there are more frames than segments, else by
/// `too_short`. So a video of exactly num_segments frames gives them all, or its first one only.
///
/// The middle is trunc(t / 2 + t k) with t = num_frames / num_segments in double, which for numbers of segments that
/// are no power of two may be one less than segment_centers(). Returns and throws as segment_frames_train().
std::vector<int64_t> segment_frames_validation(const SegmentSampling& how, int64_t num_frames);

/// The programs' test mode, which the published results do not use: the middles for every length; `too_short` has no
/// say. Returns and throws as segment_frames_train().
std::vector<int64_t> segment_frames_test(const SegmentSampling& how, int64_t num_frames);

/// `--twice_sample` of the Something-Something program: the middles of the segments, then their beginnings, trunc(t k).
/// Returns [2 * num_segments]; throws as segment_frames_train().
std::vector<int64_t> segment_frames_twice(const SegmentSampling& how, int64_t num_frames);

/// `--dense_sample` of the Something-Something program, for sample_dense_train() (which it uses for validation too) and
/// sample_dense_test(): single frames spread over 64, in the test at ten positions.
DenseSampling dense_segments(int64_t num_segments, int64_t start_index = 0);

/// Frames of the focus clip of the Something-Something program: one and a half times the glance clip's, cut.
/// Throws UsageError for fewer than 1.
int64_t focus_clip_len(int64_t glance_clip_len);

}  // namespace vs::sampling
