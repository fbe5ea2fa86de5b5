// Motion-guided choice of frames: equal shares of a video's motion instead of equal shares of its time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/core/random.h"
#include "lib/sampling/motion_curve.h"

namespace vs::sampling {

/// Shares of the motion at which the test rule looks: 1/(2N) + k/N, the middles of N equal shares. [num_segments].
/// Throws UsageError for num_segments < 1.
std::vector<double> segment_targets(int64_t num_segments);

/// The same for clip `clip` of `num_clips`: (k + (2 clip + 1)/(2 num_clips))/N. One clip: as above.
///
/// Ours; the original defines one clip only. Throws UsageError for counts below 1 or a clip outside [0, num_clips).
std::vector<double> segment_targets(int64_t num_segments, int64_t clip, int64_t num_clips);

/// Shares at which the training rule looks: one drawn uniformly from each of N equal shares, in order. [num_segments].
/// Throws UsageError for num_segments < 1.
std::vector<double> random_segment_targets(int64_t num_segments, RandomSource& random);

/// For each target the index i that minimises |curve[i] - target|, the first among equals; 0 for an empty curve.
/// [targets].
///
/// So the index is that of the first frame of the pair, and the last frame of a video is never chosen.
/// curve: from motion_curve(), or a stored cumulative curve; it must not decrease. A look-up takes time in the
/// logarithm of its length.
std::vector<int64_t> pick_by_curve(std::span<const double> curve, std::span<const double> targets);

/// Frames of a test sample, 0-based, clip after clip, [num_clips * num_segments]; motion [frames - 1], empty for one
/// frame.
///
/// Throws as motion_curve and segment_targets. Source: MGSampler, SampleFrames in test mode, there for 16 segments.
std::vector<int64_t> guided_test_frames(std::span<const double> motion, int64_t num_segments, int64_t num_clips = 1,
                                        double mu = kDefaultSmoothing);

/// The same from a curve, as pick_by_curve takes one.
std::vector<int64_t> curve_test_frames(std::span<const double> curve, int64_t num_segments, int64_t num_clips = 1);

/// Frames of a training sample, 0-based, [num_segments]; one draw a segment, in order.
///
/// Throws as motion_curve and segment_targets. Source: MGSampler, SampleFrames in training.
std::vector<int64_t> guided_train_frames(std::span<const double> motion, int64_t num_segments, RandomSource& random,
                                         double mu = kDefaultSmoothing);
/// The same from a curve, as pick_by_curve takes one.
std::vector<int64_t> curve_train_frames(std::span<const double> curve, int64_t num_segments, RandomSource& random);

/// The clip variant: frames of one clip inside a window of the video.
struct GuidedWindow {
  int64_t window = 64;       ///< motion values a window has; fewer at the end of the video
  int64_t num_segments = 8;  ///< frames a clip
  double mu = kDefaultSmoothing;
};

/// 0-based offsets of the test windows, [num_clips]: as unguided test clips of `window` frames lie.
/// Throws UsageError for counts below 1, DataError for num_frames < 1.
std::vector<int64_t> window_offsets(int64_t num_frames, int64_t num_clips, int64_t window = 64);

/// A drawn window offset for training: uniform in [0, num_frames - window + 1), 0 without a draw where the video is
/// shorter. Throws as window_offsets.
int64_t random_window_offset(int64_t num_frames, RandomSource& random, int64_t window = 64);

/// Frames for the given targets inside the window at `offset`, 0-based: the second frame of the pair, unlike
/// pick_by_curve.
///
/// The curve runs over the window alone. A video of one frame gives frame 0. Throws UsageError for a bad window,
/// DataError for an offset outside the motion. Source: MGSampler's clip variant, used with SlowOnly 8x8.
std::vector<int64_t> pick_in_window(std::span<const double> motion, int64_t offset, const GuidedWindow& how,
                                    std::span<const double> targets);

/// Test frames of the clip variant, 0-based, clip after clip, [num_clips * num_segments].
std::vector<int64_t> guided_window_test_frames(std::span<const double> motion, int64_t num_clips,
                                               const GuidedWindow& how = {});

/// Training frames of the clip variant, 0-based, [num_segments]: the offset is drawn first, then one number a segment.
std::vector<int64_t> guided_window_train_frames(std::span<const double> motion, RandomSource& random,
                                                const GuidedWindow& how = {});

}  // namespace vs::sampling
