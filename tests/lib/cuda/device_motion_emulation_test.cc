// Motion of real videos, whose frames are laid out as a decoder in hardware leaves them, against the CPU's.
#include <doctest/doctest.h>

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
#include "tests/lib/cuda/frame_on_device.h"

namespace vs::cuda {
namespace {

using motion::PixelMeasure;
using motion::PixelMotion;
using testing::FrameOnDevice;

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
