#include "lib/cuda/kernels/drca_rank.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "lib/cuda/kernels/drca_order.h"
#include "lib/cuda/kernels/launch.h"
#include "lib/cuda/kernels/units.h"

namespace vs::cuda {
namespace {

__global__ void __launch_bounds__(kBlockThreads)
    rank_rows(const float* __restrict__ scores, int64_t rows, int frames, int kept_frames, int64_t* __restrict__ kept,
              int64_t* __restrict__ dropped, int64_t* __restrict__ order) {
  __shared__ float row_scores[kMaxRankedFrames];
  __shared__ uint8_t is_kept[kMaxRankedFrames];
  const int first = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    // Nobody reads the scores of the row before any more: a barrier lies between, as it does for is_kept.
    for (int frame = first; frame < frames; frame += threads) row_scores[frame] = scores[row * frames + frame];
    __syncthreads();
    for (int frame = first; frame < frames; frame += threads) {
      is_kept[frame] = rank_descending(row_scores, frames, frame) < kept_frames;
      if (order) order[row * frames + rank_ascending(row_scores, frames, frame)] = frame;
    }
    __syncthreads();
    for (int frame = first; frame < frames; frame += threads) {
      const int place = place_of_frame(is_kept, kept_frames, frame);
      if (is_kept[frame]) {
        kept[row * kept_frames + place] = frame;
      } else {
        dropped[row * (frames - kept_frames) + place - kept_frames] = frame;
      }
    }
  }
}

/// As FrameRows, in units.
template <class Piece>
struct UnitRows {
  const Piece* data;
  int64_t frame_units, video_stride, frame_stride;
};

template <class Piece>
__global__ void __launch_bounds__(kBlockThreads)
    gather(UnitRows<Piece> frames, int32_t videos, const int64_t* __restrict__ kept, int32_t kept_frames,
           const int64_t* __restrict__ dropped, int32_t dropped_frames, Piece* __restrict__ kept_values,
           Piece* __restrict__ dropped_values) {
  const int32_t both = kept_frames + dropped_frames;
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t row = blockIdx.y; row < int64_t{videos} * both; row += gridDim.y) {
    const int32_t video = static_cast<int32_t>(row) / both, place = static_cast<int32_t>(row) % both;
    const bool is_kept = place < kept_frames;
    const int64_t output_row = is_kept ? video * kept_frames + place : video * dropped_frames + place - kept_frames;
    const int64_t frame = is_kept ? kept[output_row] : dropped[output_row];
    const Piece* from = frames.data + video * frames.video_stride + frame * frames.frame_stride;
    Piece* to = (is_kept ? kept_values : dropped_values) + output_row * frames.frame_units;
    for (int64_t unit = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; unit < frames.frame_units; unit += stride)
      to[unit] = from[unit];
  }
}

constexpr int kMixtureThreads = 512;

/// How a block of mix_samples() shares out its memory: sums for each place and frame, and one value for each frame of
/// the samples at work.
struct MixtureMemory {
  int samples_at_once;
  std::size_t bytes;
};

MixtureMemory mixture_memory(int64_t frames) {
  const int64_t samples = kMixtureThreads / frames;
  const int64_t per_pair = sizeof(float) + sizeof(uint32_t), per_value = 2 * sizeof(float) + 2 * sizeof(uint8_t);
  return {static_cast<int>(samples),
          static_cast<std::size_t>(frames * frames * per_pair + samples * frames * per_value)};
}

/// One block a row of scores. Threads stand for the frames of several samples while these are ranked, then for one
/// frame each while the samples are added up in order: a frame is at one place of each sample, so no two threads add to
/// the same sum.
__global__ void __launch_bounds__(kMixtureThreads)
    mix_samples(MixtureArrays arrays, int64_t rows, int64_t samples, int frames, int kept_frames, int samples_at_once,
                float sigma, float slope_scale) {
  VS_DYNAMIC_SHARED(memory);
  const int pairs = frames * frames, values = samples_at_once * frames;
  float* const noise_sums = reinterpret_cast<float*>(memory);
  uint32_t* const counts = reinterpret_cast<uint32_t*>(noise_sums + pairs);
  float* const perturbed = reinterpret_cast<float*>(counts + pairs);
  float* const noise = perturbed + values;
  uint8_t* const is_kept = reinterpret_cast<uint8_t*>(noise + values);
  uint8_t* const places = is_kept + values;
  const int thread = static_cast<int>(threadIdx.x), sample_start = thread / frames * frames,
            frame = thread - sample_start;
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    // The thread that clears a sum is the one that wrote the row before out of it.
    for (int pair = thread; pair < pairs; pair += kMixtureThreads) {
      noise_sums[pair] = 0;
      counts[pair] = 0;
    }
    for (int64_t first = 0; first < samples; first += samples_at_once) {
      const int64_t left = samples - first;
      const int at_work = left < samples_at_once ? static_cast<int>(left) : samples_at_once;
      const bool works = thread < at_work * frames;
      if (works) {
        noise[thread] = arrays.noise[(row * samples + first) * frames + thread];
        perturbed[thread] = arrays.scores[row * frames + frame] + rounded_product(noise[thread], sigma);
      }
      __syncthreads();
      if (works) is_kept[thread] = rank_descending(perturbed + sample_start, frames, frame) < kept_frames;
      __syncthreads();
      if (works) places[thread] = static_cast<uint8_t>(place_of_frame(is_kept + sample_start, kept_frames, frame));
      __syncthreads();
      if (thread < frames) {
        for (int value = thread; value < at_work * frames; value += frames) {
          const int pair = places[value] * frames + thread;
          noise_sums[pair] += noise[value];
          ++counts[pair];
        }
      }
      __syncthreads();
    }
    const int kept_pairs = kept_frames * frames;
    for (int pair = thread; pair < pairs; pair += kMixtureThreads) {
      const bool of_kept = pair < kept_pairs;
      const int64_t to = of_kept ? row * kept_pairs + pair : row * (pairs - kept_pairs) + pair - kept_pairs;
      (of_kept ? arrays.kept : arrays.dropped)[to] = static_cast<float>(counts[pair]) / static_cast<float>(samples);
      if (arrays.kept_slope) (of_kept ? arrays.kept_slope : arrays.dropped_slope)[to] = noise_sums[pair] * slope_scale;
    }
  }
}

void check_counts(const char* what, int64_t frames, int64_t kept_frames, int64_t most) {
  if (kept_frames < 0 || kept_frames > frames)
    throw std::logic_error(std::string(what) + " keeps more frames than all");
  if (frames > most)
    throw DataError(what, std::to_string(frames) + " frames are more than " + std::to_string(most),
                    "take fewer frames a video, or use --device cpu");
}

}  // namespace

void drca_rank(const float* scores, int64_t rows, int64_t frames, int64_t kept_frames, int64_t* kept, int64_t* dropped,
               int64_t* order, cudaStream_t stream) {
  check_counts("DRCA ranking", frames, kept_frames, kMaxRankedFrames);
  if (rows == 0 || frames == 0) return;
  const auto threads = static_cast<unsigned>(
      std::min<int64_t>((frames + kWarpThreads - 1) / kWarpThreads * kWarpThreads, kBlockThreads));
  VS_LAUNCH(rank_rows, grid_blocks(rows), threads, 0, stream)
  (scores, rows, static_cast<int>(frames), static_cast<int>(kept_frames), kept, dropped, order);
  check_launch("drca_rank");
}

void drca_gather(const FrameRows& frames, const int64_t* kept, int64_t kept_frames, const int64_t* dropped,
                 int64_t dropped_frames, void* kept_values, void* dropped_values, cudaStream_t stream) {
  const int64_t rows = frames.videos * (kept_frames + dropped_frames);
  if (rows == 0 || frames.frame_bytes == 0) return;
  if (rows > std::numeric_limits<int32_t>::max()) throw std::logic_error("DRCA gathering of too many frames");
  const int64_t unit = common_unit({address_of(frames.data), address_of(kept_values), address_of(dropped_values),
                                    frames.frame_bytes, frames.video_stride_bytes, frames.frame_stride_bytes});
  with_unit(unit, [&]<class Piece>(Piece) {
    const UnitRows<Piece> units{static_cast<const Piece*>(frames.data), frames.frame_bytes / unit,
                                frames.video_stride_bytes / unit, frames.frame_stride_bytes / unit};
    const dim3 grid(grid_blocks(units.frame_units, kBlockThreads), grid_blocks(rows));
    const auto kernel = gather<Piece>;
    VS_LAUNCH(kernel, grid, kBlockThreads, 0, stream)
    (units, static_cast<int32_t>(frames.videos), kept, static_cast<int32_t>(kept_frames), dropped,
     static_cast<int32_t>(dropped_frames), static_cast<Piece*>(kept_values), static_cast<Piece*>(dropped_values));
  });
  check_launch("drca_gather");
}

void drca_mixture(const MixtureArrays& arrays, int64_t rows, int64_t samples, int64_t frames, int64_t kept_frames,
                  double sigma, cudaStream_t stream) {
  constexpr double kNoSpread = 1e-20;
  constexpr double kGradientScale = 0.1;
  check_counts("DRCA mixture", frames, kept_frames, kMaxMixedFrames);
  if (samples < 1) throw std::logic_error("DRCA mixture of no samples");
  if (rows == 0 || frames == 0) return;
  const MixtureMemory memory = mixture_memory(frames);
  // More than 48 KiB a block is given only to kernels that ask.
  check_cuda(
      cudaFuncSetAttribute(mix_samples, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(memory.bytes)),
      "drca_mixture");
  const double slope_scale = sigma > kNoSpread ? kGradientScale / (static_cast<double>(samples) * sigma) : 0;
  VS_LAUNCH(mix_samples, grid_blocks(rows), kMixtureThreads, memory.bytes, stream)
  (arrays, rows, samples, static_cast<int>(frames), static_cast<int>(kept_frames), memory.samples_at_once,
   static_cast<float>(sigma), static_cast<float>(slope_scale));
  check_launch("drca_mixture");
}

}  // namespace vs::cuda
