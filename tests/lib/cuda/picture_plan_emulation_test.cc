// Plans of pipelines carried out on decoded frames by the kernel's arithmetic, against what the pipelines make.
#include <doctest/doctest.h>

extern "C" {
#include <libavutil/frame.h>
}

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "lib/core/random.h"
#include "lib/cuda/frames/decoded_picture.h"
#include "lib/data/picture_plan.h"
#include "lib/data/pipeline.h"
#include "lib/media/image.h"
#include "lib/media/video_decoder.h"

namespace vs::cuda {
namespace {

/// uniform() is always the same.
class SameDraw final : public RandomSource {
 public:
  double uniform() override { return 0.3; }
  int64_t below(int64_t count) override { return count / 3; }
};

YuvPicture picture_of(const media::VideoFrame& frame) {
  YuvPicture picture;
  picture.luma = frame.plane(0).data;
  picture.cb = frame.plane(1).data;
  picture.cr = frame.plane(2).data;
  picture.luma_pitch = frame.plane(0).stride;
  picture.chroma_pitch = frame.plane(1).stride;
  picture.width = frame.width;
  picture.height = frame.height;
  picture.colors = yuv_to_rgb(yuv_matrix(frame.av().colorspace).value(),
                              frame.av().color_range == AVCOL_RANGE_JPEG ? YuvRange::kFull : YuvRange::kLimited);
  return picture;
}

/// Frames of a video, as pictures and, while the object lives, as they were decoded.
struct Frames {
  Frames(const std::string& path, int64_t count) {
    media::VideoDecoder decoder(path);
    while (media::VideoFrame* frame = decoder.next()) {
      if (frame->index == count) break;
      const media::ImageView rgb = frame->rgb();
      media::Image image(rgb.width, rgb.height, 3);
      for (int y = 0; y < rgb.height; ++y)
        std::copy_n(rgb.data + y * rgb.stride, std::ptrdiff_t{3} * rgb.width, image.row(y));
      images.push_back(std::move(image));
      held.push_back(frame->hold());
      decoded.push_back(picture_of(*frame));
    }
  }

  std::vector<media::Image> images;
  std::vector<YuvPicture> decoded;
  std::vector<std::shared_ptr<const void>> held;
};

std::vector<float> carried_out(const data::PicturePlan& plan, const std::vector<YuvPicture>& decoded) {
  int64_t size = 1;
  for (const int64_t side : plan.shape) size *= side;
  std::vector<float> values(static_cast<std::size_t>(size), NAN);
  const int64_t area = plan.window.height * plan.window.width;
  for (const data::PictureWindow& window : plan.windows) {
    YuvPicture picture = decoded.at(static_cast<std::size_t>(window.picture));
    picture.resized_width = static_cast<int32_t>(window.resized.width);
    picture.resized_height = static_cast<int32_t>(window.resized.height);
    picture.left = static_cast<int32_t>(window.left);
    picture.top = static_cast<int32_t>(window.top);
    picture.flipped = window.mirrored;
    PictureTensors tensors{.data = values.data() + window.red_plane * area,
                           .strides = {0, plan.channel_step * area, plan.window.width, 1},
                           .pictures = 1,
                           .height = static_cast<int32_t>(plan.window.height),
                           .width = static_cast<int32_t>(plan.window.width)};
    std::copy(plan.mean.begin(), plan.mean.end(), tensors.mean);
    std::copy(plan.std.begin(), plan.std.end(), tensors.std);
    picture_to_tensor_cpu(&picture, tensors);
  }
  return values;
}

TEST_CASE("plans carried out on decoded frames make what the pipelines make of RGB") {
  const std::string resize = R"({"type": "Resize", "scale": [-1, 128]}, )",
                    normalize = R"({"type": "Normalize", "mean": [123.675, 116.28, 103.53],
                                    "std": [58.395, 57.12, 57.375], "to_bgr": false}, )",
                    swapped = R"({"type": "ActionDataPreprocessor", "mean": [1, 2, 3], "std": [58, 57, 59],
                                  "to_rgb": true}, )",
                    nchw = R"({"type": "FormatShape", "input_format": "NCHW"})",
                    ncthw = R"({"type": "FormatShape", "input_format": "NCTHW"})";
  for (const std::string& steps :
       {resize + R"({"type": "CenterCrop", "crop_size": 112}, )" + normalize + nchw,
        resize + R"({"type": "ThreeCrop", "crop_size": 128}, )" + normalize + ncthw,
        resize + R"({"type": "TenCrop", "crop_size": 112}, )" + normalize + nchw,
        resize + R"({"type": "RandomCrop", "size": 112}, {"type": "Flip", "flip_ratio": 0.5}, )" + swapped + ncthw,
        R"({"type": "Resize", "scale": [100, 90], "keep_ratio": false}, )" + normalize + nchw, swapped + nchw}) {
    CAPTURE(steps);
    constexpr int64_t kFrames = 4;
    const Frames frames(VS_TEST_DATA "/videos/hevc_bframes.mkv", kFrames);
    REQUIRE(frames.images.size() == kFrames);
    const data::Pipeline pipeline(nlohmann::ordered_json::parse("[" + steps + "]"));
    const data::FramePlan chosen{.frames = {0, 1, 2, 3}, .clip_len = 2, .num_clips = 2};
    SameDraw random;
    const auto plan = pipeline.begin(chosen, {frames.images[0].width, frames.images[0].height}, random).picture_plan();
    REQUIRE(plan);
    const data::Array want = pipeline.apply(frames.images, chosen, random);
    CHECK(plan->shape == want.shape);
    const std::vector<float> got = carried_out(*plan, frames.decoded);
    // libswscale's rounding is known for x86; elsewhere two steps of a byte.
#ifdef __x86_64__
    constexpr float kMost = 1e-5F;
#else
    constexpr float kMost = 2 / 57.0F;
#endif
    REQUIRE(got.size() == want.values.size());
    CHECK(std::equal(got.begin(), got.end(), want.values.begin(),
                     [](float a, float b) { return std::fabs(a - b) <= kMost; }));
  }
}

}  // namespace
}  // namespace vs::cuda
