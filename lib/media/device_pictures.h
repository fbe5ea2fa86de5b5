// Pictures of one sample that stay on the GPU that decoded them, and the array that a network takes of them there: what
// room media asks of the GPU half.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lib/media/frame_source.h"
#include "lib/media/image.h"
#include "lib/media/image_size.h"

namespace vs::media {

/// What is seen of one picture, and where in the array it goes.
struct PictureWindow {
  int64_t picture = 0;  ///< which of the sample's
  Size resized;         ///< of the whole picture, by OpenCV's bilinear; its own size: not resized
  PicturePart part;     ///< of the resized picture, within it
  Size again;           ///< of the part, resized so once more; its own size: not resized
  int left = 0;         ///< of the window in the part as it then is; the window lies within
  int top = 0;
  bool mirrored = false;  ///< the window, left to right
  int64_t red_plane = 0;  ///< its plane of red begins at red_plane * height * width of the window
  bool operator==(const PictureWindow&) const = default;
};

/// What each byte of a colour becomes.
using ByteValues = std::array<float, 256>;

/// An array of a sample's pictures: every plane of it once.
struct PicturePlan {
  std::vector<int64_t> shape;             ///< of the array, in row-major order
  Size source, window;                    ///< sizes of all pictures and of all windows
  int64_t channel_step = 1;               ///< planes from red to green and from green to blue; below 0: blue first
  std::array<ByteValues, 3> values = {};  ///< of red, green and blue
  std::vector<PictureWindow> windows = {};
};

/// Numbers in the memory of a GPU. All of them are there: whoever reads them has nothing to wait for, but must have
/// read them before `memory` is let go of.
struct DeviceArray {
  std::shared_ptr<void> memory;  ///< owns `values`; null: no array
  float* values = nullptr;       ///< in row-major order
};

/// Whether pictures lie on one device, have one size, and colours that are made alike.
bool are_alike(const DevicePicture& a, const DevicePicture& b);

/// Pictures of one video. One thread at a time. All functions throw RunError where the GPU fails.
class DevicePictures {
 public:
  virtual ~DevicePictures() = default;
  /// Takes a copy of the next picture, without waiting for it. `owner` keeps the picture where it is, and is kept while
  /// the GPU reads it, or longer: of kPicturesHeld pictures at most. Returns its number, from 0. Throws
  /// std::logic_error for a picture that is not like the first.
  virtual int64_t add(const DevicePicture& picture, std::shared_ptr<const void> owner) = 0;
  /// Of all pictures.
  virtual Size size() const = 0;
  /// The array that the plan says, of which picture i is the one numbered order[i]. Waits until it is written.
  virtual DeviceArray make(const PicturePlan& plan, std::span<const int64_t> order) = 0;
  /// The first `count` values of an array that make() gave, on the host.
  virtual std::vector<float> values_of(const DeviceArray& array, int64_t count) = 0;

  static constexpr int kPicturesHeld = 4;
};

/// Makes the above. Any thread.
class DevicePicturesMaker {
 public:
  virtual ~DevicePicturesMaker() = default;
  /// Whether pictures of this kind can be taken: those whose colours come out as the CPU's do.
  virtual bool takes(const DevicePicture& picture) const = 0;
  /// For pictures like `first` that takes() is true of, else std::logic_error. Throws RunError where the GPU or its
  /// memory is not to be had.
  virtual std::unique_ptr<DevicePictures> make(const DevicePicture& first) const = 0;
};

/// One of the pictures as RGB on the host: what the CPU makes of it.
Image picture_on_host(DevicePictures& pictures, int64_t number);

}  // namespace vs::media
