// The same numbers as clips, images and tokens. Views wherever the memory is channels last.
#pragma once

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::nn::drca {

/// [B, C, T, H, W] to [B * T, C, H, W].
inline at::Tensor images_of_clips(const at::Tensor& x) {
  return x.permute({0, 2, 3, 4, 1})
      .reshape({x.size(0) * x.size(2), x.size(3), x.size(4), x.size(1)})
      .permute({0, 3, 1, 2});
}

/// [B * T, C, H, W] to [B, C, T, H, W].
inline at::Tensor clips_of_images(const at::Tensor& x, int64_t batch) {
  return x.permute({0, 2, 3, 1})
      .reshape({batch, x.size(0) / batch, x.size(2), x.size(3), x.size(1)})
      .permute({0, 4, 1, 2, 3});
}

}  // namespace vs::nn::drca
