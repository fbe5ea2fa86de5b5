// Samples made of decoded pictures where they lie, by the kernel's arithmetic, against what pipelines make of RGB.
#include "lib/cuda/frames/device_pictures.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/random.h"
#include "lib/data/pipeline.h"
#include "lib/media/image.h"
#include "lib/media/video_decoder.h"
#include "tests/lib/cuda/frame_on_device.h"

namespace vs::cuda {
namespace {

using testing::FrameOnDevice;

const DevicePicturesMaker kMaker;

/// uniform() is always the same.
class SameDraw final : public RandomSource {
 public:
  double uniform() override { return 0.3; }
  int64_t below(int64_t count) override { return count / 3; }
};

/// The first frames of a video as RGB, and on the device.
struct Frames {
  Frames(const std::string& path, int64_t count) {
    media::VideoDecoder decoder(path);
    while (media::VideoFrame* decoded = decoder.next()) {
      if (decoded->index == count) break;
      const media::ImageView rgb = decoded->rgb();
      media::Image image(rgb.width, rgb.height, 3);
      for (int y = 0; y < rgb.height; ++y)
        std::copy_n(rgb.data + y * rgb.stride, std::ptrdiff_t{3} * rgb.width, image.row(y));
      images.push_back(std::move(image));
      FrameOnDevice frame(*decoded);
      if (!kMaker.takes(*frame.device_picture())) continue;
      if (!pictures) pictures = kMaker.make(*frame.device_picture());
      CHECK(pictures->add(*frame.device_picture(), frame.hold()) == decoded->index);
    }
  }

  std::vector<media::Image> images;
  std::unique_ptr<media::DevicePictures> pictures;
};

// libswscale's rounding is known for x86; elsewhere two steps of a byte.
#ifdef __x86_64__
constexpr float kMost = 0;
#else
constexpr float kMost = 2 / 57.0F;
#endif

void compare(const std::vector<float>& got, const std::vector<float>& want, float most) {
  REQUIRE(got.size() == want.size());
  CHECK(
      std::equal(got.begin(), got.end(), want.begin(), [most](float a, float b) { return std::fabs(a - b) <= most; }));
}

const std::string kResize = R"({"type": "Resize", "scale": [-1, 128]}, )",
                  kNormalize = R"({"type": "Normalize", "mean": [123.675, 116.28, 103.53],
                                   "std": [58.395, 57.12, 57.375], "to_bgr": false}, )",
                  kNchw = kNormalize + R"({"type": "FormatShape", "input_format": "NCHW"})",
                  kNcthw = kNormalize + R"({"type": "FormatShape", "input_format": "NCTHW"})";

TEST_CASE("pipelines make of decoded pictures what they make of RGB") {
  const std::string swapped = R"({"type": "ActionDataPreprocessor", "mean": [1, 2, 3], "std": [58, 57, 59],
                                  "to_rgb": true}, {"type": "FormatShape", "input_format": "NCTHW"})",
                    pillow = R"({"type": "GroupScale", "size": 100}, {"type": "GroupCenterCrop", "size": 90}, )";
  struct Steps {
    std::string text;
    bool there = true;  ///< it is made where the pictures are
  };
  for (const Steps& steps : std::vector<Steps>{
           {kResize + R"({"type": "CenterCrop", "crop_size": 112}, )" + kNchw},
           {kResize + R"({"type": "ThreeCrop", "crop_size": 128}, )" + kNcthw},
           {kResize + R"({"type": "TenCrop", "crop_size": 112}, )" + kNchw},
           {kResize + R"({"type": "RandomCrop", "size": 112}, {"type": "Flip", "flip_ratio": 0.5}, )" + swapped},
           {kResize + R"({"type": "RandomResizedCrop"}, {"type": "Resize", "scale": [96, 96], "keep_ratio": false},
                         {"type": "Flip", "flip_ratio": 0.5}, )" +
            kNcthw},
           {R"({"type": "Resize", "scale": [100, 90], "keep_ratio": false}, )" + kNchw},
           {swapped},
           {pillow + kNchw, false}}) {
    CAPTURE(steps.text);
    constexpr int64_t kFrames = 4;
    const Frames frames(VS_TEST_DATA "/videos/hevc_bframes.mkv", kFrames);
    REQUIRE(frames.images.size() == kFrames);
    REQUIRE(frames.pictures);
    const data::Pipeline pipeline(nlohmann::ordered_json::parse("[" + steps.text + "]"));
    CHECK(pipeline.works_on_device() == steps.there);
    const data::FramePlan chosen{.frames = {0, 1, 2, 3}, .clip_len = 2, .num_clips = 2};
    // The second frame comes twice.
    const std::vector<int64_t> order{3, 1, 0, 1};
    std::vector<media::Image> ordered;
    for (const int64_t number : order) ordered.push_back(frames.images[static_cast<std::size_t>(number)]);
    SameDraw random;
    const data::Array want = pipeline.apply(ordered, chosen, random);
    std::optional<int64_t> label;
    const data::Array got = pipeline.apply(*frames.pictures, order, chosen, random, label);
    CHECK(got.shape == want.shape);
    REQUIRE((got.on_device.memory != nullptr) == steps.there);
    compare(
        steps.there ? frames.pictures->values_of(got.on_device, static_cast<int64_t>(want.values.size())) : got.values,
        want.values, kMost);
  }
}

TEST_CASE("pictures come to the host as the CPU makes them; those that do not are not taken") {
  // Those of odd width or height, full range and 10 bits lie beside the checkout of developers only.
  for (const char* name : {VS_TEST_DATA "/videos/low_fps_1.mp4", VS_SHARED_DATA "/videos/bt601_full_range.mp4",
                           VS_SHARED_DATA "/videos/hevc_10bit.mp4", VS_SHARED_DATA "/videos/odd_321x241_vp9.mp4"}) {
    const std::string path = name;
    CAPTURE(path);
    if (!std::filesystem::exists(path)) continue;
    const Frames frames(path, 3);
    const bool taken = path.find("10bit") == std::string::npos && frames.images.front().height % 2 == 0;
    REQUIRE((frames.pictures != nullptr) == taken);
    for (std::size_t i = 0; taken && i < frames.images.size(); ++i) {
      const media::Image got = media::picture_on_host(*frames.pictures, static_cast<int64_t>(i));
      const std::vector<uint8_t>& want = frames.images[i].pixels;
      REQUIRE(got.pixels.size() == want.size());
      CHECK(std::equal(want.begin(), want.end(), got.pixels.begin(),
                       [](int a, int b) { return std::abs(a - b) <= (kMost > 0 ? 2 : 0); }));
    }
  }
}

}  // namespace
}  // namespace vs::cuda
