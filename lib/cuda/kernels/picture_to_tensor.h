// From decoded 4:2:0 pictures to normalised tensors in one pass: on a GPU, and the same on the CPU.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "lib/cuda/kernels/float_type.h"
#include "lib/cuda/kernels/picture_pixel.h"

namespace vs::cuda {

enum class YuvMatrix { kBt601, kBt709, kBt2020 };
enum class YuvRange { kLimited, kFull };

/// The factors of a matrix (BT.2020: not constant luminance) and a range, rounded as libswscale rounds them.
YuvToRgb yuv_to_rgb(YuvMatrix matrix, YuvRange range);

/// Values that a byte can have.
inline constexpr int32_t kByteValues = 256;

/// The tensors to write, one a picture, [3, height, width] in the order red, green, blue: (value - mean) / std of
/// values in 0..255. std is not 0. A tensor begins where its YuvPicture says; the strides are those of all.
struct PictureTensors {
  void* data = nullptr;
  FloatType type = FloatType::kFloat32;
  int64_t channel_stride = 0, row_stride = 0, column_stride = 1;  ///< elements; below 0: the other way
  int64_t pictures = 0;
  int32_t height = 0, width = 0;
  /// [3, kByteValues]: what each byte of red, green and blue becomes; in device memory.
  const float* values = nullptr;
};

/// Converts colours, resizes, crops, resizes again, flips and normalises `pictures` pictures, each as its YuvPicture
/// says.
///
/// Bytes before normalising equal those of vs::media::ImageConverter::rgb() and opencv_bilinear() for pictures of even
/// height; for an odd height libswscale blends chroma rows, this one does not. A rectangle that leaves the resized
/// picture repeats its edge.
/// pictures: tensors.pictures entries in device memory. Throws std::logic_error for 2^31 pixels a tensor, RunError if
/// the launch fails.
void picture_to_tensor(const YuvPicture* pictures, const PictureTensors& tensors, cudaStream_t stream);

/// The same on the CPU, in one thread, all memory the CPU's. Equal values, to the bit. Throws std::logic_error for
/// types other than float.
void picture_to_tensor_cpu(const YuvPicture* pictures, const PictureTensors& tensors);

}  // namespace vs::cuda
