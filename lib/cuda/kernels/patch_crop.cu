#include "lib/cuda/kernels/patch_crop.h"

#include <limits>
#include <stdexcept>
#include <type_traits>

#include "lib/cuda/kernels/block_sum.h"
#include "lib/cuda/kernels/float_value.h"
#include "lib/cuda/kernels/launch.h"
#include "lib/cuda/kernels/patch_crop_pixel.h"

namespace vs::cuda {
namespace {

struct Pixel {
  int64_t channel;
  int32_t row, column;
};

/// The pixel of a number in [0, channels * height * width): neighbouring numbers are neighbours in memory.
template <bool kChannelsInner, class Index>
__device__ Pixel pixel_of(Index item, Index channels, Index height, Index width) {
  if constexpr (kChannelsInner) {
    const Index place = item / channels;
    return {static_cast<int64_t>(item % channels), static_cast<int32_t>(place / width),
            static_cast<int32_t>(place % width)};
  }
  const Index row = item / width;
  return {static_cast<int64_t>(row / height), static_cast<int32_t>(row % height), static_cast<int32_t>(item % width)};
}

/// The four corners of pixel (row, column) of a patch.
template <class T>
__device__ Corners corners_of(const T* image, const ImageStrides& strides, const CropShape& shape,
                              const PatchStart& start_y, const PatchStart& start_x, int32_t row, int32_t column) {
  return corners_at(start_y.first + row, start_x.first + column, shape.height, shape.width,
                    [&](int32_t y, int32_t x) { return to_float(image[y * strides.row + x * strides.column]); });
}

template <class T, bool kChannelsInner, class Index>
__global__ void __launch_bounds__(kBlockThreads)
    crop(const T* __restrict__ images, ImageStrides image_strides, const float* __restrict__ actions,
         T* __restrict__ patches, ImageStrides patch_strides, CropShape shape) {
  const Index size = static_cast<Index>(shape.size), channels = static_cast<Index>(shape.channels);
  const Index items = channels * size * size, stride = static_cast<Index>(gridDim.x) * blockDim.x;
  for (int64_t image = blockIdx.y; image < shape.images; image += gridDim.y) {
    const PatchStart start_y = patch_start(actions[2 * image], shape.height, shape.size);
    const PatchStart start_x = patch_start(actions[2 * image + 1], shape.width, shape.size);
    for (Index item = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; item < items; item += stride) {
      const Pixel at = pixel_of<kChannelsInner>(item, channels, size, size);
      const T* from = images + image * image_strides.image + at.channel * image_strides.channel;
      T* to = patches + image * patch_strides.image + at.channel * patch_strides.channel + at.row * patch_strides.row +
              at.column * patch_strides.column;
      store(to, bilinear(corners_of(from, image_strides, shape, start_y, start_x, at.row, at.column), start_y.fraction,
                         start_x.fraction));
    }
  }
}

/// One block an image: the sum needs no second pass, and its order does not depend on the grid.
template <class T, bool kChannelsInner, class Index>
__global__ void __launch_bounds__(kBlockThreads)
    action_gradients_of(const T* __restrict__ gradients, ImageStrides patch_strides, const T* __restrict__ images,
                        ImageStrides image_strides, const float* __restrict__ actions,
                        float* __restrict__ action_gradients, CropShape shape) {
  const Index size = static_cast<Index>(shape.size), channels = static_cast<Index>(shape.channels);
  const Index items = channels * size * size;
  for (int64_t image = blockIdx.x; image < shape.images; image += gridDim.x) {
    const PatchStart start_y = patch_start(actions[2 * image], shape.height, shape.size);
    const PatchStart start_x = patch_start(actions[2 * image + 1], shape.width, shape.size);
    double down = 0, across = 0;
    for (Index item = threadIdx.x; item < items; item += kBlockThreads) {
      const Pixel at = pixel_of<kChannelsInner>(item, channels, size, size);
      const T* from = images + image * image_strides.image + at.channel * image_strides.channel;
      const float gradient = to_float(gradients[image * patch_strides.image + at.channel * patch_strides.channel +
                                                at.row * patch_strides.row + at.column * patch_strides.column]);
      const Corners corners = corners_of(from, image_strides, shape, start_y, start_x, at.row, at.column);
      down += static_cast<double>(gradient) * slope_down(corners, start_x.fraction);
      across += static_cast<double>(gradient) * slope_across(corners, start_y.fraction);
    }
    down = block_sum(down);
    across = block_sum(across);
    if (threadIdx.x == 0) {
      action_gradients[2 * image] = static_cast<float>(down * static_cast<double>(shape.height - shape.size));
      action_gradients[2 * image + 1] = static_cast<float>(across * static_cast<double>(shape.width - shape.size));
    }
  }
}

/// All pixels of a patch lie between the same parts of image pixels, so an image pixel is a corner of four patch pixels
/// at most: it gathers from them, weighted as the crop weighted it.
template <class T, bool kChannelsInner, class Index>
__global__ void __launch_bounds__(kBlockThreads)
    image_gradients_of(const T* __restrict__ gradients, ImageStrides patch_strides, const float* __restrict__ actions,
                       T* __restrict__ image_gradients, ImageStrides image_strides, CropShape shape) {
  const Index channels = static_cast<Index>(shape.channels), height = static_cast<Index>(shape.height),
              width = static_cast<Index>(shape.width);
  const Index items = channels * height * width, stride = static_cast<Index>(gridDim.x) * blockDim.x;
  for (int64_t image = blockIdx.y; image < shape.images; image += gridDim.y) {
    const PatchStart start_y = patch_start(actions[2 * image], shape.height, shape.size);
    const PatchStart start_x = patch_start(actions[2 * image + 1], shape.width, shape.size);
    for (Index item = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; item < items; item += stride) {
      const Pixel at = pixel_of<kChannelsInner>(item, channels, height, width);
      const T* from = gradients + image * patch_strides.image + at.channel * patch_strides.channel;
      // The patch pixel whose upper left corner this is; it is the lower right one of the pixel before.
      const int32_t row = at.row - start_y.first, column = at.column - start_x.first;
      const Corners around = corners_at(row - 1, column - 1, shape.size, shape.size, [&](int32_t y, int32_t x) {
        return to_float(from[y * patch_strides.row + x * patch_strides.column]);
      });
      T* to = image_gradients + image * image_strides.image + at.channel * image_strides.channel +
              at.row * image_strides.row + at.column * image_strides.column;
      store(to, bilinear(around, 1 - start_y.fraction, 1 - start_x.fraction));
    }
  }
}

void check(const CropShape& shape) {
  constexpr int32_t kLongest = (1 << 30) - 1;
  if (shape.height > kLongest || shape.width > kLongest) throw std::logic_error("patch crop of an image too large");
  if (shape.size < 1 || shape.size > shape.height || shape.size > shape.width)
    throw std::logic_error("patch crop of a patch that does not fit into its image");
}

/// Calls body(T*, channels inner as a constant, Index) with what the shape and the memory's order ask for; 32-bit
/// numbers within an image where they do, for division.
template <class Body>
void with_types(const CropShape& shape, const ImageStrides& strides, Body body) {
  const bool small = shape.channels * shape.height * shape.width <= std::numeric_limits<int32_t>::max();
  with_float_type(shape.type, [&](auto* type) {
    const auto with_order = [&](auto channels_inner) {
      if (small) return body(type, channels_inner, uint32_t{});
      body(type, channels_inner, int64_t{});
    };
    if (strides.channel < strides.column) return with_order(std::true_type{});
    with_order(std::false_type{});
  });
}

}  // namespace

void patch_crop(const void* images, const ImageStrides& image_strides, const float* actions, void* patches,
                const ImageStrides& patch_strides, const CropShape& shape, cudaStream_t stream) {
  check(shape);
  if (shape.images == 0 || shape.channels == 0) return;
  with_types(shape, patch_strides, [&]<class T, class Inner, class Index>(T*, Inner, Index) {
    const dim3 grid(grid_blocks(shape.channels * shape.size * shape.size, kBlockThreads), grid_blocks(shape.images));
    const auto kernel = crop<T, Inner::value, Index>;
    VS_LAUNCH(kernel, grid, kBlockThreads, 0, stream)
    (static_cast<const T*>(images), image_strides, actions, static_cast<T*>(patches), patch_strides, shape);
  });
  check_launch("patch_crop");
}

void patch_crop_backward_actions(const void* patch_gradients, const ImageStrides& patch_strides, const void* images,
                                 const ImageStrides& image_strides, const float* actions, float* action_gradients,
                                 const CropShape& shape, cudaStream_t stream) {
  check(shape);
  if (shape.images == 0) return;
  with_types(shape, image_strides, [&]<class T, class Inner, class Index>(T*, Inner, Index) {
    const auto kernel = action_gradients_of<T, Inner::value, Index>;
    VS_LAUNCH(kernel, grid_blocks(shape.images), kBlockThreads, 0, stream)
    (static_cast<const T*>(patch_gradients), patch_strides, static_cast<const T*>(images), image_strides, actions,
     action_gradients, shape);
  });
  check_launch("patch_crop_backward_actions");
}

void patch_crop_backward_images(const void* patch_gradients, const ImageStrides& patch_strides, const float* actions,
                                void* image_gradients, const ImageStrides& image_strides, const CropShape& shape,
                                cudaStream_t stream) {
  check(shape);
  if (shape.images == 0 || shape.channels == 0) return;
  with_types(shape, image_strides, [&]<class T, class Inner, class Index>(T*, Inner, Index) {
    const dim3 grid(grid_blocks(shape.channels * shape.height * shape.width, kBlockThreads), grid_blocks(shape.images));
    const auto kernel = image_gradients_of<T, Inner::value, Index>;
    VS_LAUNCH(kernel, grid, kBlockThreads, 0, stream)
    (static_cast<const T*>(patch_gradients), patch_strides, actions, static_cast<T*>(image_gradients), image_strides,
     shape);
  });
  check_launch("patch_crop_backward_images");
}

}  // namespace vs::cuda
