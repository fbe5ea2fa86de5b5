#include "lib/cuda/frames/device_motion.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lib/cuda/frames/decoded_picture.h"
#include "lib/media/image.h"
#include "lib/motion/absolute_difference.h"
#include "lib/motion/ssim.h"
#include "tests/lib/cuda/numbers.h"

namespace vs::cuda {
namespace {

using media::DevicePicture;
using motion::DeviceMotion;
using motion::PixelMeasure;
using testing::random_bytes;

/// A picture as decoders in hardware leave it, with the luma plane that the CPU would give.
struct Picture {
  std::vector<uint8_t> luma, chroma, luma_on_cpu;
  DevicePicture device;

  media::PlaneView plane() const {
    return {luma_on_cpu.data(), device.width, device.height, device.bits, std::ptrdiff_t{device.width} * sample()};
  }
  int sample() const { return device.sample_bytes; }
};

std::shared_ptr<Picture> noise_picture(int width, int height, int bits, int padding, uint32_t seed) {
  auto picture = std::make_shared<Picture>();
  const int sample = bits > 8 ? 2 : 1, stride = width * sample + padding, chroma_columns = 2 * ((width + 1) / 2);
  const auto samples = random_bytes(static_cast<std::size_t>(2 * width * height), seed);
  picture->luma.assign(static_cast<std::size_t>(stride * height), 7);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto at = static_cast<std::size_t>(2 * (y * width + x));
      const int value = (samples[at] | samples[at + 1] << 8) & ((1 << bits) - 1);
      uint8_t* const to = picture->luma.data() + y * stride + x * sample;
      const int high = value << (8 * sample - bits);
      for (int byte = 0; byte < sample; ++byte) {
        to[byte] = static_cast<uint8_t>(high >> 8 * byte);
        picture->luma_on_cpu.push_back(static_cast<uint8_t>(value >> 8 * byte));
      }
    }
  }
  picture->chroma =
      random_bytes(static_cast<std::size_t>((chroma_columns * sample + padding) * ((height + 1) / 2)), seed + 1000);
  picture->device = {.luma = picture->luma.data(),
                     .chroma = picture->chroma.data(),
                     .luma_stride = stride,
                     .chroma_stride = chroma_columns * sample + padding,
                     .width = width,
                     .height = height,
                     .sample_bytes = sample,
                     .bits = bits,
                     .matrix = 1};
  return picture;
}

media::Image gray_of(const Picture& picture) {
  media::Image gray(picture.device.width, picture.device.height, 1);
  const YuvPicture yuv = yuv_picture(picture.device);
  for (int y = 0; y < gray.height; ++y) {
    for (int x = 0; x < gray.width; ++x) {
      const Rgb rgb = rgb_of_pixel(yuv, x, y);
      gray.row(y)[x] = static_cast<uint8_t>((9798 * rgb.red + 19235 * rgb.green + 3735 * rgb.blue + (1 << 14)) >> 15);
    }
  }
  return gray;
}

TEST_CASE("luma motion of pictures on a device equals the CPU's, however values are taken") {
  const DeviceMotionMaker maker;
  for (const auto& [bits, padding] : {std::pair{8, 0}, {8, 5}, {10, 0}, {10, 6}, {12, 2}}) {
    std::vector<std::shared_ptr<Picture>> pictures;
    std::vector<double> want;
    for (uint32_t i = 0; i < 31; ++i) {
      pictures.push_back(noise_picture(21, 6, bits, padding, i));
      if (i > 0) want.push_back(motion::mean_absolute_difference(pictures[i - 1]->plane(), pictures[i]->plane()));
    }
    REQUIRE(maker.measures(PixelMeasure::kLuma, pictures[0]->device));
    for (const std::size_t stretch : {1U, 2U, 7U, 8U, 9U, 10U, 31U}) {
      const auto measured = maker.make(PixelMeasure::kLuma, pictures[0]->device);
      CHECK(measured->last_plane().empty());
      std::vector<double> values;
      for (std::size_t i = 0; i < pictures.size(); ++i) {
        measured->add(pictures[i]->device, pictures[i]);
        CHECK(measured->last_plane() == pictures[i]->luma_on_cpu);
        if ((i + 1) % stretch != 0) continue;
        const std::vector<double> more = measured->take_values();
        values.insert(values.end(), more.begin(), more.end());
      }
      const std::vector<double> rest = measured->take_values();
      values.insert(values.end(), rest.begin(), rest.end());
      CHECK(values == want);
      CHECK(measured->take_values().empty());
    }
  }
}

TEST_CASE("more results than stay on the device at a time") {
  const auto a = noise_picture(3, 2, 8, 0, 1), b = noise_picture(3, 2, 8, 0, 2);
  const double difference = motion::mean_absolute_difference(a->plane(), b->plane());
  const auto measured = DeviceMotionMaker().make(PixelMeasure::kLuma, a->device);
  constexpr int kPictures = 8200;
  for (int i = 0; i < kPictures; ++i) measured->add((i % 2 == 0 ? a : b)->device, i % 2 == 0 ? a : b);
  CHECK(measured->take_values() == std::vector<double>(kPictures - 1, difference));
}

TEST_CASE("1 - SSIM of pictures on a device is that of their gray") {
  for (const auto& [width, height] : {std::pair{8, 8}, {40, 38}, {39, 52}}) {
    std::vector<std::shared_ptr<Picture>> pictures;
    motion::Ssim ssim;
    std::vector<double> want;
    for (uint32_t i = 0; i < 12; ++i) {
      pictures.push_back(noise_picture(width, height, 8, 3, i == 5 ? 4 : i));
      if (i > 0) want.push_back(ssim.motion(gray_of(*pictures[i - 1]).view(), gray_of(*pictures[i]).view()));
    }
    const auto measured = DeviceMotionMaker().make(PixelMeasure::kSsim, pictures[0]->device);
    for (const auto& picture : pictures) measured->add(picture->device, picture);
    CHECK(measured->last_plane() == gray_of(*pictures.back()).pixels);
    const std::vector<double> values = measured->take_values();
    REQUIRE(values.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) CHECK(values[i] == doctest::Approx(want[i]).epsilon(1e-12));
    CHECK(values[4] == 0);  // equal pictures
  }
}

TEST_CASE("few pictures are held") {
  std::vector<std::weak_ptr<Picture>> given;
  const auto first = noise_picture(16, 4, 8, 0, 0);
  const auto measured = DeviceMotionMaker().make(PixelMeasure::kLuma, first->device);
  for (uint32_t i = 0; i < 40; ++i) {
    auto picture = noise_picture(16, 4, 8, 0, i);
    given.emplace_back(picture);
    const DevicePicture device = picture->device;
    measured->add(device, std::move(picture));
    CHECK(std::count_if(given.begin(), given.end(), [](const auto& one) { return !one.expired(); }) <=
          DeviceMotion::kPicturesHeld);
  }
  CHECK(measured->take_values().size() == 39);
}

TEST_CASE("what has no kernel is not measured, what is not alike is refused") {
  const DeviceMotionMaker maker;
  const auto measures = [&](PixelMeasure measure, auto change) {
    DevicePicture picture = noise_picture(8, 8, 8, 0, 0)->device;
    change(picture);
    return maker.measures(measure, picture);
  };
  const auto nothing = [](DevicePicture&) {};
  CHECK(measures(PixelMeasure::kLuma, nothing));
  CHECK(measures(PixelMeasure::kSsim, nothing));
  CHECK_FALSE(measures(PixelMeasure::kMad, nothing));
  CHECK_FALSE(measures(PixelMeasure::kFlow, nothing));
  CHECK_FALSE(measures(PixelMeasure::kPa, nothing));
  CHECK_FALSE(measures(PixelMeasure::kSsim, [](auto& picture) { picture.matrix = 7; }));
  CHECK(measures(PixelMeasure::kLuma, [](auto& picture) { picture.matrix = 7; }));
  CHECK_FALSE(measures(PixelMeasure::kSsim, [](auto& picture) { picture.width = 6; }));
  const auto picture = noise_picture(8, 8, 8, 0, 0), other = noise_picture(8, 10, 8, 0, 0);
  CHECK_THROWS_AS(maker.make(PixelMeasure::kMad, picture->device), std::logic_error);
  const auto measured = maker.make(PixelMeasure::kLuma, picture->device);
  CHECK_THROWS_AS(measured->add(other->device, other), std::logic_error);
}

TEST_CASE("matrices are those that the CPU takes") {
  CHECK(yuv_matrix(1) == YuvMatrix::kBt709);
  CHECK(yuv_matrix(2) == YuvMatrix::kBt601);
  CHECK(yuv_matrix(5) == YuvMatrix::kBt601);
  CHECK(yuv_matrix(6) == YuvMatrix::kBt601);
  CHECK(yuv_matrix(9) == YuvMatrix::kBt2020);
  CHECK_FALSE(yuv_matrix(4));
  DevicePicture picture = noise_picture(8, 8, 8, 0, 0)->device;
  picture.matrix = 4;
  CHECK_THROWS_AS(yuv_picture(picture), std::logic_error);
}

}  // namespace
}  // namespace vs::cuda
