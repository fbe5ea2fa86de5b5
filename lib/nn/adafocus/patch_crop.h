// The differentiable crop of AdaFocusV2 (Wang et al., CVPR 2022).
#pragma once

#include <cstdint>
#include <string>

#include "lib/nn/module.h"

namespace vs::nn {

/// Cuts one square out of each image, at a place between pixels if need be: output pixel (i, j) is the image at
/// (y + i, x + j), bilinear, where y = action_y * (H - size), x = action_x * (W - size).
/// images: [N, C, H, W], frames or clips with their frames as channels. actions: [N, 2], (y, x) in [0, 1].
/// Returns [N, C, size, size], in the type of the images. Differentiable in both. What lies outside an image is 0.
/// Throws DataError if the square does not fit into the images or there is no action for each.
/// Source: get_patches_frame of AdaFocusV2: affine_grid and grid_sample, bilinear, zero padding, corners not aligned.
at::Tensor crop_patches(const at::Tensor& images, const at::Tensor& actions, int64_t size);

/// The same from LibTorch's operations alone, on any device; arguments are not checked.
at::Tensor crop_patches_composed(const at::Tensor& images, const at::Tensor& actions, int64_t size);

/// crop_patches() as a part of a network, so that tables of costs show it. Has no entries.
class PatchCrop : public Module {
 public:
  explicit PatchCrop(int64_t size) : size_(size) {}
  std::string kind() const override { return "PatchCrop"; }
  int64_t size() const { return size_; }
  at::Tensor operator()(const at::Tensor& images, const at::Tensor& actions) {
    const Running running(*this);
    return crop_patches(images, actions, size_);
  }

 private:
  int64_t size_;
};

}  // namespace vs::nn
