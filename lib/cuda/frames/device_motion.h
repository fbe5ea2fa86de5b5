// Motion between decoded pictures in the memory of a GPU, by our kernels.
#pragma once

#include <memory>

#include "lib/motion/device_motion.h"

namespace vs::cuda {

/// Luma differences, and SSIM of gray pictures of 8 bits in the colour matrices that yuv_to_rgb() has.
class DeviceMotionMaker final : public motion::DeviceMotionMaker {
 public:
  bool measures(motion::PixelMeasure measure, const media::DevicePicture& picture) const override;
  std::unique_ptr<motion::DeviceMotion> make(motion::PixelMeasure measure,
                                             const media::DevicePicture& first) const override;
};

}  // namespace vs::cuda
