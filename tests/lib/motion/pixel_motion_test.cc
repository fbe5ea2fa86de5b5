#include "lib/motion/pixel_motion.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/media/image_pixels.h"
#include "lib/motion/absolute_difference.h"
#include "lib/motion/device_motion.h"
#include "lib/motion/ssim.h"
#include "tests/lib/motion/pictures.h"

namespace vs::motion {
namespace {

using testing::constant;
using testing::noise;

// A frame with RGB and a luma plane of its own. What it held is spoilt with the frame, unless it was asked to hold it.
class FakeFrame final : public media::Frame {
 public:
  FakeFrame(int64_t number, media::Image rgb_image, media::Image luma_image)
      : rgb_(std::move(rgb_image)), luma_(std::make_shared<media::Image>(std::move(luma_image))) {
    index = number;
    width = rgb_.width;
    height = rgb_.height;
  }
  media::ImageView rgb() override { return rgb_.view(); }
  ~FakeFrame() override {
    if (luma_.use_count() == 1) std::fill(luma_->pixels.begin(), luma_->pixels.end(), uint8_t{0});
  }
  media::ImageView gray_or_rgb() override { return gray ? luma_->view() : rgb(); }
  media::PlaneView luma() override { return {luma_->pixels.data(), luma_->width, luma_->height, 8, luma_->width}; }
  std::optional<media::DevicePicture> device_picture() const override {
    if (device < 0) return std::nullopt;
    media::DevicePicture picture{.luma = luma_->pixels.data(), .luma_stride = width, .width = width, .height = height};
    picture.device = device;
    return picture;
  }
  std::shared_ptr<const void> hold() const override { return luma_; }

  bool gray = false;  ///< stored as one channel
  int device = -1;    ///< where it lies; -1: in system memory

 private:
  media::Image rgb_;
  std::shared_ptr<media::Image> luma_;
};

FakeFrame frame(int64_t index, uint32_t seed) {
  return FakeFrame(index, noise(24, 18, 3, seed), noise(24, 18, 1, seed + 100));
}

media::Image gray(const media::Image& rgb) {
  media::Image result(rgb.width, rgb.height, 1);
  media::rgb_to_gray(rgb.view(), result);
  return result;
}

TEST_CASE("each measure compares each frame with the one before") {
  for (const auto measure : {PixelMeasure::kSsim, PixelMeasure::kMad, PixelMeasure::kLuma, PixelMeasure::kFlow}) {
    PixelMotion motion(measure);
    for (uint32_t t = 0; t < 3; ++t) {
      FakeFrame now = frame(t, t);
      motion.add(now);
    }
    CHECK(motion.num_frames() == 3);
    REQUIRE(motion.values().size() == 2);
    for (uint32_t t = 0; t < 2; ++t) {
      const media::Image a = noise(24, 18, 3, t), b = noise(24, 18, 3, t + 1);
      double want = 0;
      Ssim ssim;
      OpticalFlow flow(FlowAlgorithm::kDis);
      switch (measure) {
        case PixelMeasure::kSsim:
          want = ssim.motion(gray(a).view(), gray(b).view());
          break;
        case PixelMeasure::kMad:
          want = mean_absolute_difference(gray(a).view(), gray(b).view());
          break;
        case PixelMeasure::kLuma:
          want = mean_absolute_difference(noise(24, 18, 1, t + 100).view(), noise(24, 18, 1, t + 101).view());
          break;
        case PixelMeasure::kFlow:
          want = mean_magnitude(flow.compute(gray(a).view(), gray(b).view()));
          break;
        case PixelMeasure::kPa:  // below
          break;
      }
      CHECK(motion.values()[t] == want);
    }
  }
}

TEST_CASE("features of RGB frames, each compared with the one before") {
  std::vector<float> weights(8 * 3 * 49);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i % 13) - 5.0F;
  const auto feature = std::make_shared<const FeatureDifference>(weights);
  PixelMotion motion(feature, 2);
  for (uint32_t t = 0; t < 3; ++t) {
    FakeFrame now = frame(t, t);
    now.gray = true;  // how it is stored does not matter
    motion.add(now);
  }
  const auto picture = [](uint32_t t) { return noise(24, 18, 3, t); };
  CHECK(motion.values() == std::vector<double>{feature->motion(picture(0).view(), picture(1).view()),
                                               feature->motion(picture(1).view(), picture(2).view())});
  CHECK_THROWS_AS(PixelMotion{PixelMeasure::kPa}, std::logic_error);
}

TEST_CASE("pictures stored as gray are compared as they are") {
  PixelMotion motion(PixelMeasure::kMad);
  for (uint32_t t = 0; t < 4; ++t) {
    FakeFrame now = frame(t, t);
    now.gray = t != 2;
    motion.add(now);
  }
  const auto stored = [](uint32_t t) { return noise(24, 18, 1, t + 100); };
  const media::Image made = gray(noise(24, 18, 3, 2));
  CHECK(motion.values() == std::vector<double>{mean_absolute_difference(stored(0).view(), stored(1).view()),
                                               mean_absolute_difference(stored(1).view(), made.view()),
                                               mean_absolute_difference(made.view(), stored(3).view())});
}

TEST_CASE("one frame, equal frames") {
  PixelMotion motion(PixelMeasure::kSsim);
  FakeFrame first = frame(0, 7), second = frame(1, 7);
  motion.add(first);
  CHECK(motion.values().empty());
  motion.add(second);
  CHECK(motion.values() == std::vector<double>{0.0});
  CHECK(motion.flow().x.empty());
}

TEST_CASE("flow is there from the second frame on") {
  PixelMotion motion(PixelMeasure::kFlow);
  FakeFrame first = frame(0, 1), second = frame(1, 2);
  motion.add(first);
  CHECK(motion.flow().x.empty());
  motion.add(second);
  CHECK(motion.flow().x.size() == 24 * 18);
}

// Measures luma, and knows how often.
class FakeDevice final : public DeviceMotionMaker {
 public:
  bool measures(PixelMeasure measure, const media::DevicePicture& picture) const override {
    return measure == PixelMeasure::kLuma && picture.device != kUnable;
  }
  std::unique_ptr<DeviceMotion> make(PixelMeasure, const media::DevicePicture& first) const override {
    ++made;
    return std::make_unique<Measured>(*this, first.device);
  }

  static constexpr int kUnable = 9;
  mutable int made = 0, compared = 0;

 private:
  class Measured final : public DeviceMotion {
   public:
    Measured(const FakeDevice& maker, int device) : maker_(maker), device_(device) {}
    void add(const media::DevicePicture& picture, std::shared_ptr<const void> owner) override {
      REQUIRE(picture.device == device_);
      const media::PlaneView now{picture.luma, picture.width, picture.height, 8, picture.luma_stride};
      if (owner_) {
        values_.push_back(mean_absolute_difference(last_, now));
        ++maker_.compared;
      }
      last_ = now;
      owner_ = std::move(owner);
    }
    std::vector<double> take_values() override { return std::exchange(values_, {}); }
    std::vector<uint8_t> last_plane() override {
      return {last_.data, last_.data + std::ptrdiff_t{last_.width} * last_.height};
    }

   private:
    const FakeDevice& maker_;
    int device_;
    media::PlaneView last_;
    std::shared_ptr<const void> owner_;
    std::vector<double> values_;
  };
};

TEST_CASE("frames in a row on one GPU are compared there, others on the CPU, all with the one before") {
  struct Case {
    std::vector<int> devices;  // of the frames
    int made, compared;
  };
  for (const Case& one : {Case{{0, 0, 0, 0, 0}, 1, 4},
                          {{-1, -1, -1, -1, -1}, 0, 0},
                          {{0, 0, 0, -1, -1}, 1, 2},
                          {{-1, -1, 0, 0, 0}, 1, 2},
                          {{0, -1, 0, -1, 0}, 3, 0},
                          {{0, 0, 1, 1, 1}, 2, 3},
                          {{0, 0, FakeDevice::kUnable, 0, 0}, 2, 2}}) {
    const FakeDevice device;
    PixelMotion motion(PixelMeasure::kLuma, device), on_cpu(PixelMeasure::kLuma);
    for (std::size_t t = 0; t < one.devices.size(); ++t) {
      FakeFrame now = frame(static_cast<int64_t>(t), static_cast<uint32_t>(t));
      on_cpu.add(now);
      now.device = one.devices[t];
      motion.add(now);
    }
    CHECK(motion.values() == on_cpu.values());
    CHECK(motion.values().size() == 4);
    CHECK(device.made == one.made);
    CHECK(device.compared == one.compared);
  }
}

TEST_CASE("a measure that the GPU has not is the CPU's") {
  const FakeDevice device;
  PixelMotion motion(PixelMeasure::kMad, device);
  for (uint32_t t = 0; t < 3; ++t) {
    FakeFrame now = frame(t, t);
    now.device = 0;
    motion.add(now);
  }
  CHECK(motion.values().size() == 2);
  CHECK(device.made == 0);
}

TEST_CASE("values may be asked for at any time") {
  const FakeDevice device;
  PixelMotion motion(PixelMeasure::kLuma, device);
  for (uint32_t t = 0; t < 4; ++t) {
    FakeFrame now = frame(t, t);
    now.device = 0;
    motion.add(now);
    CHECK(motion.values().size() == t);
  }
}

TEST_CASE("a change of size is an error that names the frame") {
  PixelMotion motion(PixelMeasure::kLuma);
  FakeFrame first = frame(0, 1);
  FakeFrame other(5, constant(8, 8, 3, 0), constant(8, 8, 1, 0));
  motion.add(first);
  CHECK_THROWS_WITH_AS(motion.add(other), doctest::Contains("frame 5: size changes from 24x18 to 8x8"), DataError);
  PixelMotion small(PixelMeasure::kSsim);
  FakeFrame a(0, constant(6, 6, 3, 0), constant(6, 6, 1, 0)), b(1, constant(6, 6, 3, 1), constant(6, 6, 1, 1));
  small.add(a);
  CHECK_THROWS_AS(small.add(b), DataError);
}

}  // namespace
}  // namespace vs::motion
