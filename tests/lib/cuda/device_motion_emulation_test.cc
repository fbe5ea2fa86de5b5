// Motion of real videos, whose frames are laid out as a decoder in hardware leaves them, against the CPU's.
#include <doctest/doctest.h>

extern "C" {
#include <libavutil/frame.h>
}

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/cuda/frames/device_motion.h"
#include "lib/media/video_decoder.h"
#include "lib/motion/pixel_motion.h"

namespace vs::cuda {
namespace {

using media::DevicePicture;
using motion::PixelMeasure;
using motion::PixelMotion;

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
  std::optional<DevicePicture> device_picture() const override {
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
  DevicePicture picture_;
};

/// Motion of the first `count` frames; those on the device that `on_device` is true of.
std::vector<double> motion_of(const std::string& path, int64_t count, PixelMotion motion,
                              const std::function<bool(int64_t)>& on_device) {
  media::VideoDecoder decoder(path);
  while (media::VideoFrame* decoded = decoder.next()) {
    if (decoded->index == count) break;
    FrameOnDevice frame(*decoded);
    frame.is_on_device = on_device(frame.index);
    motion.add(frame);
  }
  return motion.values();
}

const DeviceMotionMaker kMaker;

TEST_CASE("motion on the device is the CPU's, and so it is where frames lie on either") {
  const std::vector<std::function<bool(int64_t)>> places{[](int64_t) { return true; },
                                                         [](int64_t index) { return index < 4; },
                                                         [](int64_t index) { return index >= 3; },
                                                         [](int64_t index) { return index % 2 == 0; },
                                                         [](int64_t index) { return index % 5 > 1; },
                                                         [](int64_t) { return false; }};
  // Those with 10 bits, of odd height and of full range lie beside the checkout of developers only.
  for (const char* name : {VS_TEST_DATA "/videos/low_fps_1.mp4", VS_TEST_DATA "/videos/hevc_bframes.mkv",
                           VS_SHARED_DATA "/videos/bt601_full_range.mp4", VS_SHARED_DATA "/videos/hevc_10bit.mp4",
                           VS_SHARED_DATA "/videos/odd_321x241_vp9.mp4"}) {
    const std::string path = name;
    CAPTURE(path);
    if (!std::filesystem::exists(path)) continue;
    for (const PixelMeasure measure : {PixelMeasure::kLuma, PixelMeasure::kSsim}) {
      const int64_t count = measure == PixelMeasure::kLuma ? 20 : 4;
      const std::vector<double> want = motion_of(path, count, PixelMotion(measure), places[0]);
      for (const auto& place : places) {
        const std::vector<double> got = motion_of(path, count, PixelMotion(measure, kMaker), place);
        if (measure == PixelMeasure::kLuma) {
          CHECK(got == want);
          continue;
        }
        REQUIRE(got.size() == want.size());
        for (std::size_t i = 0; i < want.size(); ++i) CHECK(std::fabs(got[i] - want[i]) < 1e-3);
      }
    }
  }
}

}  // namespace
}  // namespace vs::cuda
