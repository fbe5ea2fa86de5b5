// Ranking, splitting and mixing frames for DRCA on a GPU; lib/nn/drca/perturbed_rank.h on the CPU.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace vs::cuda {

/// Most frames that drca_rank() takes: a row of scores is held by one block.
constexpr int64_t kMaxRankedFrames = 4096;
/// Most frames that drca_mixture() takes: a block holds two sums for each pair of a place and a frame, 128 KiB of them.
constexpr int64_t kMaxMixedFrames = 128;

/// The `kept_frames` largest scores of each row and the others, both in the order of time; of equal scores the one of
/// the earlier frame counts as larger, NaN is larger than all numbers. scores [rows, frames] float; kept [rows,
/// kept_frames], dropped [rows, frames - kept_frames], order [rows, frames] int64, all dense device memory. order, the
/// indices that sort a row stably, smallest first, may be null. 0 <= kept_frames <= frames. Throws DataError above
/// kMaxRankedFrames frames, std::logic_error for kept_frames outside, RunError if the launch fails.
void drca_rank(const float* scores, int64_t rows, int64_t frames, int64_t kept_frames, int64_t* kept, int64_t* dropped,
               int64_t* order, cudaStream_t stream);

/// Frames [videos, frames, bytes a frame]: a frame is dense, frames and videos lie any number of bytes apart.
struct FrameRows {
  const void* data = nullptr;
  int64_t videos = 0;
  int64_t frame_bytes = 0;
  int64_t video_stride_bytes = 0, frame_stride_bytes = 0;
};

/// The frames that drca_rank() kept [videos, kept_frames, frame_bytes] and the others [videos, dropped_frames,
/// frame_bytes], both dense, in one launch; values are copied as bits. kept, dropped: int64 indices on the device, all
/// within the frames (not checked). Throws std::logic_error for 2^31 frames in all or more, RunError if the launch
/// fails.
void drca_gather(const FrameRows& frames, const int64_t* kept, int64_t kept_frames, const int64_t* dropped,
                 int64_t dropped_frames, void* kept_values, void* dropped_values, cudaStream_t stream);

/// What drca_mixture() reads and writes: dense device memory, float.
struct MixtureArrays {
  const float* scores = nullptr;  ///< [rows, frames]
  const float* noise = nullptr;   ///< [rows, samples, frames], standard normal
  float* kept = nullptr;          ///< [rows, kept_frames, frames]
  float* dropped = nullptr;       ///< [rows, frames - kept_frames, frames]
  float* kept_slope = nullptr;    ///< as kept; null where no gradient is wanted, then dropped_slope too
  float* dropped_slope = nullptr;
};

/// The mean over samples of which frame of scores + sigma * noise is at which place of drca_rank()'s kept and dropped
/// frames, and the slope of that mean by the scores: the sum of the noise over the samples that put the frame there,
/// times 0.1 / (samples * sigma), zero for sigma <= 1e-20. Sums are taken in the order of samples.
/// samples >= 1, 0 <= kept_frames <= frames. Throws DataError above kMaxMixedFrames frames, std::logic_error for counts
/// outside, RunError if the launch fails.
/// Source: DRCA (arXiv 2309.08167), its ranking module; Berthet et al., NeurIPS 2020.
void drca_mixture(const MixtureArrays& arrays, int64_t rows, int64_t samples, int64_t frames, int64_t kept_frames,
                  double sigma, cudaStream_t stream);

}  // namespace vs::cuda
