#include "lib/cuda/kernels/picture_to_tensor.h"

#include <limits>
#include <stdexcept>

#include "lib/cuda/kernels/float_value.h"
#include "lib/cuda/kernels/launch.h"

namespace vs::cuda {
namespace {

template <class T>
__global__ void __launch_bounds__(kBlockThreads)
    make_tensors(const YuvPicture* __restrict__ pictures, T* __restrict__ data, PictureTensors tensors) {
  const uint32_t width = static_cast<uint32_t>(tensors.width), pixels = static_cast<uint32_t>(tensors.height) * width,
                 stride = gridDim.x * blockDim.x;
  for (int64_t i = blockIdx.y; i < tensors.pictures; i += gridDim.y) {
    const YuvPicture picture = pictures[i];
    for (uint32_t pixel = blockIdx.x * blockDim.x + threadIdx.x; pixel < pixels; pixel += stride) {
      const auto row = static_cast<int32_t>(pixel / width), column = static_cast<int32_t>(pixel % width);
      const Rgb rgb = rgb_of_output_pixel(picture, tensors.width, row, column);
      T* const to = data + picture.place + row * tensors.row_stride + column * tensors.column_stride;
      store(to, tensors.values[rgb.red]);
      store(to + tensors.channel_stride, tensors.values[kByteValues + rgb.green]);
      store(to + 2 * tensors.channel_stride, tensors.values[2 * kByteValues + rgb.blue]);
    }
  }
}

}  // namespace

void picture_to_tensor(const YuvPicture* pictures, const PictureTensors& tensors, cudaStream_t stream) {
  const int64_t pixels = int64_t{tensors.height} * tensors.width;
  if (tensors.pictures == 0 || pixels == 0) return;
  if (pixels > std::numeric_limits<int32_t>::max()) throw std::logic_error("a picture of too many pixels");
  with_float_type(tensors.type, [&]<class T>(T*) {
    const dim3 grid(grid_blocks(pixels, kBlockThreads), grid_blocks(tensors.pictures));
    const auto kernel = make_tensors<T>;
    VS_LAUNCH(kernel, grid, kBlockThreads, 0, stream)(pictures, static_cast<T*>(tensors.data), tensors);
  });
  check_launch("picture_to_tensor");
}

}  // namespace vs::cuda
