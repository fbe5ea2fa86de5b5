// Decoded pictures in the memory of a GPU made into the arrays that networks take, by our kernel.
#pragma once

#include <memory>

#include "lib/media/device_pictures.h"

namespace vs::cuda {

/// Pictures of 8 bits and even height in the colour matrices that yuv_to_rgb() has: what picture_to_tensor() makes as
/// the CPU does.
class DevicePicturesMaker final : public media::DevicePicturesMaker {
 public:
  bool takes(const media::DevicePicture& picture) const override;
  std::unique_ptr<media::DevicePictures> make(const media::DevicePicture& first) const override;
};

}  // namespace vs::cuda
