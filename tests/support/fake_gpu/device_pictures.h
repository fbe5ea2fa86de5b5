// Arrays of decoded pictures in the memory of the fake device.
#pragma once

#include <memory>

#include "lib/cuda/frames/device_pictures.h"

namespace vs::test {

/// The emulated kernels' own maker, whose arrays, in memory of the host, are given the device's addresses: whoever
/// takes them for memory of the host ends with a fault.
class FakePicturesMaker final : public media::DevicePicturesMaker {
 public:
  bool takes(const media::DevicePicture& picture) const override { return emulated_.takes(picture); }
  std::unique_ptr<media::DevicePictures> make(const media::DevicePicture& first) const override;

 private:
  cuda::DevicePicturesMaker emulated_;
};

}  // namespace vs::test
