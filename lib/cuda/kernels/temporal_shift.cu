#include "lib/cuda/kernels/temporal_shift.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "lib/cuda/kernels/launch.h"
#include "lib/cuda/kernels/temporal_shift_index.h"
#include "lib/cuda/kernels/units.h"

namespace vs::cuda {
namespace {

/// An image as rows of units of which the first `shifted` move: one row for channels first, one a position for channels
/// last.
template <class Index>
struct Plan {
  int32_t images, segments;
  Index image_units, row_units, first, shifted;
  bool reverse;
};

template <class Piece, class Index>
__global__ void __launch_bounds__(kBlockThreads)
    shift(const Piece* __restrict__ x, Piece* __restrict__ result, Plan<Index> plan) {
  const Index stride = static_cast<Index>(gridDim.x) * blockDim.x;
  for (int64_t image = blockIdx.y; image < plan.images; image += gridDim.y) {
    const int32_t segment = static_cast<int32_t>(image) % plan.segments;
    for (Index unit = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; unit < plan.image_units;
         unit += stride) {
      const int step = shift_step(unit % plan.row_units, plan.first, plan.shifted, plan.reverse);
      const int32_t source = segment + step;
      Piece value{};
      if (source >= 0 && source < plan.segments) value = x[(image + step) * int64_t{plan.image_units} + unit];
      result[image * int64_t{plan.image_units} + unit] = value;
    }
  }
}

/// One thread walks along the segments of a unit, against the direction in which values move. It has several loads
/// under way at a time, all of them ahead of the places that it writes.
template <class Piece, class Index>
__global__ void __launch_bounds__(kBlockThreads) shift_in_place(Piece* x, Plan<Index> plan) {
  constexpr int kAhead = 8;
  const Index stride = static_cast<Index>(gridDim.x) * blockDim.x;
  const Index items = plan.image_units / plan.row_units * plan.shifted;
  for (int64_t video = blockIdx.y; video < plan.images / plan.segments; video += gridDim.y) {
    for (Index item = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; item < items; item += stride) {
      const Index column = item % plan.shifted;
      const int step = shift_step(column, plan.first, plan.shifted, plan.reverse);
      const int64_t start = video * plan.segments + (step > 0 ? 0 : plan.segments - 1);
      Piece* const place =
          x + start * int64_t{plan.image_units} + int64_t{item / plan.shifted} * plan.row_units + column;
      const int64_t to_next = step * int64_t{plan.image_units};
      for (int32_t k = 0; k < plan.segments; k += kAhead) {
        Piece held[kAhead];
        VS_UNROLL
        for (int j = 0; j < kAhead; ++j) {
          held[j] = Piece{};
          if (k + j + 1 < plan.segments) held[j] = place[(k + j + 1) * to_next];
        }
        VS_UNROLL
        for (int j = 0; j < kAhead; ++j) {
          if (k + j < plan.segments) place[(k + j) * to_next] = held[j];
        }
      }
    }
  }
}

/// Bytes of an image, of one of its rows, of the first part of a row and of both.
struct ByteShape {
  int64_t image, row, first, shifted;
};

ByteShape byte_shape(const ShiftShape& shape) {
  if (shape.element_bytes != 1 && shape.element_bytes != 2 && shape.element_bytes != 4 && shape.element_bytes != 8)
    throw std::logic_error("temporal shift of elements that are not 1, 2, 4 or 8 bytes");
  if (shape.segments < 1 || shape.divisor < 1) throw std::logic_error("temporal shift without segments or divisor");
  const int64_t fold = shape.channels / shape.divisor;
  const int64_t per_channel = (shape.layout == ImageLayout::kChannelsFirst ? shape.positions : 1) * shape.element_bytes;
  return {shape.channels * shape.positions * shape.element_bytes, shape.channels * per_channel, fold * per_channel,
          std::min(2 * fold, shape.channels) * per_channel};
}

/// Calls body(Plan) with counts of units of `unit` bytes; 32-bit numbers within an image where they do, for division.
template <class Body>
void with_plan(const ShiftShape& shape, const ByteShape& bytes, int64_t unit, ShiftDirection direction, Body body) {
  const int64_t images = shape.videos * shape.segments;
  if (images > kMostShiftedImages) throw std::logic_error("temporal shift of too many images");
  const bool reverse = direction == ShiftDirection::kBackward;
  const auto call = [&]<class Index>(Index) {
    const auto units = [&](int64_t count) { return static_cast<Index>(count / unit); };
    body(Plan<Index>{static_cast<int32_t>(images), static_cast<int32_t>(shape.segments), units(bytes.image),
                     units(bytes.row), units(bytes.first), units(bytes.shifted), reverse});
  };
  if (bytes.image / unit <= std::numeric_limits<int32_t>::max()) return call(uint32_t{});
  call(int64_t{});
}

}  // namespace

void temporal_shift(const void* x, void* result, const ShiftShape& shape, ShiftDirection direction,
                    cudaStream_t stream) {
  const ByteShape bytes = byte_shape(shape);
  if (shape.videos == 0 || bytes.image == 0) return;
  const int64_t unit =
      common_unit({address_of(x), address_of(result), bytes.image, bytes.row, bytes.first, bytes.shifted});
  with_plan(shape, bytes, unit, direction, [&]<class Index>(const Plan<Index>& plan) {
    with_unit(unit, [&]<class Piece>(Piece) {
      const dim3 grid(grid_blocks(plan.image_units, kBlockThreads), grid_blocks(plan.images));
      const auto kernel = shift<Piece, Index>;
      VS_LAUNCH(kernel, grid, kBlockThreads, 0, stream)
      (static_cast<const Piece*>(x), static_cast<Piece*>(result), plan);
    });
  });
  check_launch("temporal_shift");
}

void temporal_shift_in_place(void* x, const ShiftShape& shape, ShiftDirection direction, cudaStream_t stream) {
  const ByteShape bytes = byte_shape(shape);
  if (shape.videos == 0 || bytes.image == 0 || bytes.shifted == 0) return;
  const int64_t unit = common_unit({address_of(x), bytes.image, bytes.row, bytes.first, bytes.shifted});
  with_plan(shape, bytes, unit, direction, [&]<class Index>(const Plan<Index>& plan) {
    with_unit(unit, [&]<class Piece>(Piece) {
      const int64_t items = int64_t{plan.image_units} / plan.row_units * plan.shifted;
      const dim3 grid(grid_blocks(items, kBlockThreads), grid_blocks(shape.videos));
      const auto kernel = shift_in_place<Piece, Index>;
      VS_LAUNCH(kernel, grid, kBlockThreads, 0, stream)(static_cast<Piece*>(x), plan);
    });
  });
  check_launch("temporal_shift_in_place");
}

}  // namespace vs::cuda
