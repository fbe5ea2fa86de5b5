// Frames of videos laid out as a decoder in hardware leaves them in the memory of a GPU, which is the process's own
// here.
#pragma once

extern "C" {
#include <libavutil/frame.h>
}

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/media/video_frame.h"

namespace vs::cuda::testing {

/// A frame of a video that is on a device too.
class FrameOnDevice final : public media::Frame {
 public:
  explicit FrameOnDevice(media::VideoFrame& frame) : frame_(frame), planes_(std::make_shared<Planes>()) {
    index = frame.index;
    width = frame.width;
    height = frame.height;
    const media::PlaneView luma = frame.plane(0);
    picture_.sample_bytes = luma.bits > 8 ? 2 : 1;
    picture_.bits = luma.bits;
    append(luma, 0, 1, planes_->luma);
    planes_->chroma.resize(static_cast<std::size_t>(2 * frame.plane(1).width * picture_.sample_bytes) *
                           static_cast<std::size_t>(frame.plane(1).height));
    append(frame.plane(1), 0, 2, planes_->chroma);
    append(frame.plane(2), 1, 2, planes_->chroma);
    picture_.luma = planes_->luma.data();
    picture_.chroma = planes_->chroma.data();
    picture_.luma_stride = std::ptrdiff_t{width} * picture_.sample_bytes;
    picture_.chroma_stride = std::ptrdiff_t{2} * frame.plane(1).width * picture_.sample_bytes;
    picture_.width = width;
    picture_.height = height;
    picture_.matrix = frame.av().colorspace;
    picture_.full_range = frame.av().color_range == AVCOL_RANGE_JPEG;
  }

  media::ImageView rgb() override { return frame_.rgb(); }
  media::PlaneView luma() override { return frame_.luma(); }
  std::optional<media::DevicePicture> device_picture() const override {
    return is_on_device ? std::optional(picture_) : std::nullopt;
  }
  std::shared_ptr<const void> hold() const override {
    return std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(frame_.hold(),
                                                                                                 planes_);
  }

  bool is_on_device = true;

 private:
  struct Planes {
    std::vector<uint8_t> luma, chroma;
  };

  /// Samples of a plane, moved up to the upper bits, at every `step`-th place from `first` on.
  void append(const media::PlaneView& plane, int first, int step, std::vector<uint8_t>& to) const {
    const int bytes = picture_.sample_bytes, shift = 8 * bytes - plane.bits;
    to.resize(std::max(to.size(), static_cast<std::size_t>(step * plane.width * plane.height * bytes)));
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const uint8_t* from = plane.data + y * plane.stride + std::ptrdiff_t{x} * bytes;
        const int value = (bytes == 2 ? from[0] | from[1] << 8 : from[0]) << shift;
        uint8_t* const at = to.data() + (std::ptrdiff_t{y} * plane.width + x) * step * bytes + first * bytes;
        for (int byte = 0; byte < bytes; ++byte) at[byte] = static_cast<uint8_t>(value >> 8 * byte);
      }
    }
  }

  media::VideoFrame& frame_;
  std::shared_ptr<Planes> planes_;
  media::DevicePicture picture_;
};

}  // namespace vs::cuda::testing
