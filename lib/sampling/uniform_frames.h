// Samplers that spread the frames of a clip over the whole video: UniformSample, UniformSampleFrames,
// UntrimmedSampleFrames.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/core/random.h"

namespace vs::sampling {

/// How UniformSample and UniformSampleFrames form clips.
struct UniformSampling {
  int64_t clip_len = 8;  ///< frames spread over the video
  int64_t num_clips = 1;
  int64_t start_index = 0;  ///< number of the first frame
};

/// UniformSample, training: frame i of clip_len is drawn from [rint(g i), rint(g (i + 1))], both ends included, g =
/// (num_frames - 1) / clip_len. [clip_len], not decreasing. One draw a frame.
///
/// Throws UsageError for counts below 1 or several clips, DataError for num_frames < 1. Source: mmaction2 1.x,
/// UniformSample.
std::vector<int64_t> uniform_sample_train(const UniformSampling& how, int64_t num_frames, RandomSource& random);

/// UniformSample, test: clip k has frames rint(g i) + trunc((g / (num_clips + 1)) (k + 1)). [num_clips * clip_len].
///
/// Throws UsageError for counts below 1, DataError for num_frames < 1. Source: mmaction2 1.x, UniformSample.
std::vector<int64_t> uniform_sample_test(const UniformSampling& how, int64_t num_frames);

/// UniformSampleFrames, training: one frame drawn from each of clip_len equal parts; videos of fewer than twice
/// clip_len frames keep gaps of one or two frames; shorter ones than clip_len run on from a drawn start and wrap.
/// [num_clips * clip_len], clip after clip.
///
/// Throws UsageError for counts below 1, DataError for num_frames < 1.
/// Source: PoseC3D's sampler in mmaction2 (0.15 and later; OCSampler's copy allows one clip only).
std::vector<int64_t> uniform_frames_train(const UniformSampling& how, int64_t num_frames, RandomSource& random);

/// The seed that UniformSampleFrames gives numpy's generator before every test video.
constexpr uint32_t kUniformTestSeed = 255;

/// UniformSampleFrames, test: the same draws from a generator seeded anew for each video, so that two videos of one
/// length get equal frames. Videos shorter than clip_len: clip i starts at floor(i num_frames / num_clips), or at i
/// where there are fewer frames than clips. [num_clips * clip_len]. Throws as uniform_frames_train.
std::vector<int64_t> uniform_frames_test(const UniformSampling& how, int64_t num_frames,
                                         uint32_t seed = kUniformTestSeed);

/// How UntrimmedSampleFrames forms clips. In 0.x its `frame_interval` is `clip_interval` here, and the stride is 1.
struct UntrimmedSampling {
  int64_t clip_len = 1;
  int64_t clip_interval = 16;  ///< frames from centre to centre
  int64_t frame_interval = 1;  ///< stride inside a clip
  int64_t start_index = 0;     ///< number of the first frame
};

/// One clip round every centre: clip_interval / 2, then every clip_interval frames; frames beyond an end repeat the
/// end. [clips * clip_len], clip after clip.
///
/// Throws UsageError for counts below 1, DataError where the video has no centre (num_frames <= clip_interval / 2).
/// Source: mmaction2, UntrimmedSampleFrames.
std::vector<int64_t> untrimmed_frames(const UntrimmedSampling& how, int64_t num_frames);

}  // namespace vs::sampling
