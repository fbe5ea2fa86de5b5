// The temporal shift of TSM (Lin, Gan, Han: TSM, ICCV 2019) on a GPU; lib/nn/layers/temporal_shift.h on the CPU.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace vs::cuda {

/// Most images of one call.
constexpr int64_t kMostShiftedImages = int64_t{1} << 30;

/// How the values of one image lie: channel by channel, or the channels of each position together.
enum class ImageLayout { kChannelsFirst, kChannelsLast };

/// The result of the layer, or the gradient to its input out of the one to its result: the same with directions
/// swapped.
enum class ShiftDirection { kForward, kBackward };

/// Images [videos * segments, channels, positions] (positions = H * W), segments of a video consecutive; an image is
/// dense in its layout. All counts >= 0; segments, divisor >= 1; at most kMostShiftedImages images.
struct ShiftShape {
  int64_t videos = 0, segments = 1, channels = 0, positions = 0;
  int64_t divisor = 8;    ///< fold = channels / divisor, down
  int element_bytes = 4;  ///< 1, 2, 4 or 8: values are copied as bits
  ImageLayout layout = ImageLayout::kChannelsFirst;
};

/// Channels [0, fold) get the next segment's values, [fold, 2 fold) the previous one's, zeros beyond the ends; the rest
/// stay. x and result: device memory of the shape, images one after the other, any alignment that the elements allow;
/// they may not overlap. Reads and writes every value once. Waits for nothing; the work is in `stream`.
/// Throws std::logic_error for an element size not listed or too many images, RunError if the launch fails.
void temporal_shift(const void* x, void* result, const ShiftShape& shape, ShiftDirection direction,
                    cudaStream_t stream);

/// The same in place: moves only the 2 * fold channels that change.
void temporal_shift_in_place(void* x, const ShiftShape& shape, ShiftDirection direction, cudaStream_t stream);

}  // namespace vs::cuda
