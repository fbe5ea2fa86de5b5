// Clip samplers of mmaction2: SampleFrames and DenseSampleFrames, as the systems built on its versions sample without
// guidance.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/core/random.h"

namespace vs::sampling {

/// Whose rule: test sampling of clips of several frames changed with 1.0.0rc2, and accuracies are not comparable across
/// it.
enum class Generation {
  k0x,  ///< mmaction2 0.x
  k1x,  ///< mmaction2 1.0.0rc2 and later
};

/// What becomes of an index at or beyond the number of frames.
enum class OutOfBound {
  kLoop,        ///< modulo the number of frames
  kRepeatLast,  ///< the largest valid index of the same clip, 0 if it has none
};

/// How SampleFrames forms clips.
struct ClipSampling {
  int64_t clip_len = 1;        ///< frames a clip
  int64_t frame_interval = 1;  ///< stride inside a clip
  int64_t num_clips = 1;
  bool temporal_jitter = false;   ///< adds randint(frame_interval) to every frame, also in test mode
  bool twice_sample = false;      ///< test mode: a second set of clips, not shifted to the middle of their parts
  bool keep_tail_frames = false;  ///< training: parts of real length, so that the last frames can be drawn too
  OutOfBound out_of_bound = OutOfBound::kLoop;
  Generation generation = Generation::k0x;
  std::optional<double> target_fps;  ///< 1.x, test mode: clips cover as much time as they would at this rate
  int64_t start_index = 0;  ///< number of the first frame; added before reals are cut to integers, as the original does
};

/// Frame numbers of a training sample, clip after clip, [num_clips * clip_len], start_index included.
///
/// Draws: one number a clip (none where the video is too short to choose), then one a frame with temporal_jitter.
/// Throws UsageError for counts below 1 or with target_fps, DataError for num_frames < 1.
/// Source: mmaction2, SampleFrames, alike in 0.x and 1.x.
std::vector<int64_t> sample_train(const ClipSampling& how, int64_t num_frames, RandomSource& random);

/// Frame numbers of a test sample, clip after clip, start_index included; twice_sample gives 2 * num_clips clips, in
/// 0.x only if the video is not shorter than a clip.
///
/// fps: the video's rate, used with target_fps only; 0 counts as equal to it. Random numbers are drawn with
/// temporal_jitter only. With 1.x, clips of several frames and twice_sample, the second set lies beyond the video and
/// is folded back by `out_of_bound`. Throws UsageError for counts below 1, target_fps with 0.x, or a division by zero
/// of the rule (1.x, twice_sample, several frames, one clip); DataError for num_frames < 1. Source: mmaction2,
/// SampleFrames.
std::vector<int64_t> sample_test(const ClipSampling& how, int64_t num_frames, RandomSource& random, double fps = 0);

/// Offsets of test clips in 0.x: the middles of num_clips equal parts of the possible starts; all 0 where the video is
/// shorter than `span` frames. [num_clips], 0-based.
std::vector<int64_t> test_clip_offsets(int64_t num_frames, int64_t span, int64_t num_clips);

/// How DenseSampleFrames forms clips: starts spread over a range of frames, the range placed in the video.
struct DenseSampling {
  ClipSampling clips;         ///< twice_sample, keep_tail_frames and target_fps are ignored, as the original does
  int64_t sample_range = 64;  ///< frames over which the clips of one position spread
  int64_t num_sample_positions = 10;  ///< test mode: positions of the range
};

/// Frame numbers of a dense training sample, [num_clips * clip_len]. Draws one number where the video is longer than
/// the range, then jitter. The last position is never drawn. Throws as sample_train.
std::vector<int64_t> sample_dense_train(const DenseSampling& how, int64_t num_frames, RandomSource& random);

/// Frame numbers of a dense test sample, position after position, [num_sample_positions * num_clips * clip_len]. Throws
/// as sample_test.
std::vector<int64_t> sample_dense_test(const DenseSampling& how, int64_t num_frames, RandomSource& random);

}  // namespace vs::sampling
