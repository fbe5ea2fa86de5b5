// Motion measured on the GPU that decoded the frames: what room motion asks of the GPU half.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lib/media/frame_source.h"
#include "lib/motion/pixel_measure.h"

namespace vs::motion {

/// Compares the pictures of one video, each with the one before. One thread at a time.
///
/// All functions throw RunError where the GPU fails.
class DeviceMotion {
 public:
  virtual ~DeviceMotion() = default;
  /// Takes the next picture, without waiting for what it starts. `owner` keeps the picture where it is, and is kept
  /// while the GPU reads it, or longer: of kPicturesHeld pictures at most. Throws std::logic_error for a picture whose
  /// device, size or samples are not those of the first.
  virtual void add(const media::DevicePicture& picture, std::shared_ptr<const void> owner) = 0;
  /// Waits, and gives the motion of every picture after the first since the last call, in PixelMotion's units. The last
  /// picture remains the one before the next.
  virtual std::vector<double> take_values() = 0;
  /// What was compared of the last picture, brought to the host, rows without padding: the luma plane as the CPU
  /// decodes it (above 8 bits two bytes a sample), or the gray picture. Empty before the first one.
  virtual std::vector<uint8_t> last_plane() = 0;

  static constexpr int kPicturesHeld = 4;
};

/// Makes the above. Any thread.
class DeviceMotionMaker {
 public:
  virtual ~DeviceMotionMaker() = default;
  /// Whether pictures of this kind can be measured so. Luma comes out equal to the CPU's. 1 - SSIM differs by less than
  /// 1e-3, since colours are rounded as the CPU's are but for single steps.
  virtual bool measures(PixelMeasure measure, const media::DevicePicture& picture) const = 0;
  /// For pictures like `first` that measures() is true of, else std::logic_error. Throws RunError where the GPU or its
  /// memory is not to be had.
  virtual std::unique_ptr<DeviceMotion> make(PixelMeasure measure, const media::DevicePicture& first) const = 0;
};

}  // namespace vs::motion
