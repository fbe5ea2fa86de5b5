// The differentiable crop of AdaFocusV2 (Wang et al., CVPR 2022) on a GPU; lib/nn/adafocus/patch_crop.h on the CPU.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "lib/cuda/kernels/float_type.h"
#include "lib/cuda/kernels/image_strides.h"

namespace vs::cuda {

/// images [N, C, H, W]; patches [N, C, size, size], 1 <= size <= H, W < 2^30.
struct CropShape {
  int64_t images = 0, channels = 0;
  int32_t height = 0, width = 0, size = 1;
  FloatType type = FloatType::kFloat32;  ///< of images, patches and their gradients
};

/// Patch pixel (i, j) is the image at (y + i, x + j), bilinear, where y = action_y * (H - size) and
/// x = action_x * (W - size); zero outside the image. images, patches: device memory by strides. actions: device memory
/// [N, 2] float, (y, x) in [0, 1]. Sums are of float, rounded once to the type.
///
/// Differs from affine_grid and grid_sample, of which the CPU's is made, in their rounding of places: by H * 1e-7
/// pixels in float. Throws std::logic_error if the patch does not fit or a side is too long, RunError if the launch
/// fails.
void patch_crop(const void* images, const ImageStrides& image_strides, const float* actions, void* patches,
                const ImageStrides& patch_strides, const CropShape& shape, cudaStream_t stream);

/// The gradient to the actions, [N, 2] float, dense: sums in double in an order that never changes. Where a patch lies
/// on whole pixels it is the slope towards larger actions.
void patch_crop_backward_actions(const void* patch_gradients, const ImageStrides& patch_strides, const void* images,
                                 const ImageStrides& image_strides, const float* actions, float* action_gradients,
                                 const CropShape& shape, cudaStream_t stream);

/// The gradient to the images; every pixel is written, outside the patches with zero.
void patch_crop_backward_images(const void* patch_gradients, const ImageStrides& patch_strides, const float* actions,
                                void* image_gradients, const ImageStrides& image_strides, const CropShape& shape,
                                cudaStream_t stream);

}  // namespace vs::cuda
