// Arrays made of pictures on a device against the same made on the CPU, one picture after the other.
#include "lib/cuda/frames/device_pictures.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

#include "lib/cuda/frames/decoded_picture.h"
#include "lib/cuda/kernels/picture_to_tensor.h"
#include "tests/lib/cuda/numbers.h"

namespace vs::cuda {
namespace {

using media::DevicePicture;
using media::Size;

constexpr int kWidth = 50, kHeight = 38, kPadding = 14;

struct Nv12 {
  explicit Nv12(uint32_t seed)
      : bytes(testing::random_bytes(std::size_t{kWidth + kPadding} * (kHeight + kHeight / 2), seed)) {
    device = {.luma = bytes.data(),
              .chroma = bytes.data() + (kWidth + kPadding) * kHeight,
              .luma_stride = kWidth + kPadding,
              .chroma_stride = kWidth + kPadding,
              .width = kWidth,
              .height = kHeight,
              .matrix = 1};
  }
  std::vector<uint8_t> bytes;
  DevicePicture device;
};

media::ByteValues wave(float step) {
  media::ByteValues values;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(step * static_cast<float>(i));
  return values;
}

/// What a window is, by the CPU twin of the kernel.
void write_on_cpu(const media::PicturePlan& plan, const media::PictureWindow& window, const DevicePicture& from,
                  std::vector<float>& array) {
  const int64_t area = int64_t{plan.window.width} * plan.window.height;
  YuvPicture picture = yuv_picture(from);
  picture.resized_width = window.resized.width;
  picture.resized_height = window.resized.height;
  picture.left = window.part.left;
  picture.top = window.part.top;
  picture.part_width = window.part.size.width;
  picture.part_height = window.part.size.height;
  picture.again_width = window.again.width;
  picture.again_height = window.again.height;
  picture.again_left = window.left;
  picture.again_top = window.top;
  picture.flipped = window.mirrored;
  picture.place = window.red_plane * area;
  std::vector<float> values;
  for (const media::ByteValues& of_color : plan.values) values.insert(values.end(), of_color.begin(), of_color.end());
  picture_to_tensor_cpu(&picture, {.data = array.data(),
                                   .channel_stride = plan.channel_step * area,
                                   .row_stride = plan.window.width,
                                   .pictures = 1,
                                   .height = plan.window.height,
                                   .width = plan.window.width,
                                   .values = values.data()});
}

TEST_CASE("arrays of pictures on a device are those of the CPU") {
  constexpr int64_t kPictures = 7, kWindows = 9;
  std::vector<std::shared_ptr<Nv12>> frames;
  for (uint32_t i = 0; i < kPictures; ++i) frames.push_back(std::make_shared<Nv12>(i));
  const DevicePicturesMaker maker;
  REQUIRE(maker.takes(frames[0]->device));
  const auto pictures = maker.make(frames[0]->device);
  for (int64_t i = 0; i < kPictures; ++i) {
    CHECK(pictures->add(frames[static_cast<std::size_t>(i)]->device, frames[static_cast<std::size_t>(i)]) == i);
  }
  const std::vector<int64_t> order{6, 0, 5, 5, 1, 3, 2, 4, 0};
  for (const int64_t channel_step : {int64_t{1}, int64_t{-1}, kWindows}) {
    const Size window{20, 17};
    media::PicturePlan plan{.shape = {kWindows, 3, window.height, window.width},
                            .source = {kWidth, kHeight},
                            .window = window,
                            .channel_step = channel_step,
                            .values = {wave(1), wave(2), wave(3)}};
    for (int64_t i = 0; i < kWindows; ++i) {
      const int shift = static_cast<int>(i);
      media::PictureWindow one;
      one.picture = i;
      one.mirrored = i % 2 == 1;
      one.red_plane = channel_step == kWindows ? i : 3 * i + (channel_step < 0 ? 2 : 0);
      one.resized = i % 3 == 0 ? plan.source : Size{41, 29};
      one.part = {shift, shift / 2, i < 4 ? window : Size{25 + shift % 3, 23}};
      one.again = i < 4 ? window : Size{22, 19};
      if (i >= 4) {
        one.left = shift % 3;
        one.top = shift % 2;
      }
      plan.windows.push_back(one);
    }
    std::vector<float> want(std::size_t{3} * kWindows * static_cast<std::size_t>(window.width * window.height), -9);
    for (std::size_t i = 0; i < plan.windows.size(); ++i)
      write_on_cpu(plan, plan.windows[i], frames[static_cast<std::size_t>(order[i])]->device, want);
    const media::DeviceArray array = pictures->make(plan, order);
    REQUIRE(array.memory);
    CHECK(pictures->values_of(array, static_cast<int64_t>(want.size())) == want);
  }
}

TEST_CASE("pictures that are not alike, and plans for others, are refused") {
  const Nv12 frame(1);
  const DevicePicturesMaker maker;
  const auto pictures = maker.make(frame.device);
  CHECK(pictures->add(frame.device, nullptr) == 0);
  CHECK(pictures->add(frame.device, nullptr) == 1);
  CHECK((pictures->size() == Size{kWidth, kHeight}));
  DevicePicture other = frame.device;
  other.height = kHeight - 2;
  CHECK_FALSE(media::are_alike(frame.device, other));
  CHECK_THROWS_AS(pictures->add(other, nullptr), std::logic_error);
  CHECK_THROWS_AS(pictures->make({.shape = {3, 8, 8}, .source = {8, 8}, .window = {8, 8}}, {}), std::logic_error);
  other = frame.device;
  other.matrix = 7;  // SMPTE 240M
  CHECK_FALSE(maker.takes(other));
  CHECK_THROWS_AS(maker.make(other), std::logic_error);
  other = frame.device;
  other.height = kHeight - 1;
  CHECK_FALSE(maker.takes(other));
}

}  // namespace
}  // namespace vs::cuda
