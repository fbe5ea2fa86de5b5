#include "lib/data/picture_plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "lib/media/image_resize.h"
#include "tests/lib/data/pipeline_steps.h"

namespace vs::data {
namespace {

const std::string kNormalize = R"({"type": "Normalize", "mean": [123.675, 116.28, 103.53],
    "std": [58.395, 57.12, 57.375], "to_bgr": false}, )";
const std::string kNchw = kNormalize + R"({"type": "FormatShape", "input_format": "NCHW"})";
const std::string kNcthw = kNormalize + R"({"type": "FormatShape", "input_format": "NCTHW"})";

media::Image noise(int width, int height, uint32_t seed) {
  std::mt19937 generator(seed);
  media::Image picture(width, height, 3);
  for (auto& value : picture.pixels) value = static_cast<uint8_t>(generator());
  return picture;
}

media::Image resized(const media::ImageView& picture, media::Size size) {
  media::Image result;
  media::resize_as_opencv(picture, size, media::OpencvResize::kBilinear, result);
  return result;
}

/// The plan carried out with nothing but resizes and look-ups. NaN where it says nothing.
std::vector<float> carried_out(const media::PicturePlan& plan, const std::vector<media::Image>& pictures) {
  std::size_t size = 1;
  for (const int64_t side : plan.shape) size *= static_cast<std::size_t>(side);
  std::vector<float> values(size, NAN);
  for (const media::PictureWindow& window : plan.windows) {
    const media::Image whole = resized(pictures.at(static_cast<std::size_t>(window.picture)).view(), window.resized);
    const media::PicturePart& part = window.part;
    const media::Image again = resized({whole.row(part.top) + std::ptrdiff_t{3} * part.left, part.size.width,
                                        part.size.height, 3, whole.view().stride},
                                       window.again);
    for (int color = 0; color < 3; ++color) {
      for (int y = 0; y < plan.window.height; ++y) {
        for (int x = 0; x < plan.window.width; ++x) {
          const int column = window.left + (window.mirrored ? plan.window.width - 1 - x : x);
          const uint8_t byte = again.row(window.top + y)[3 * column + color];
          const auto place = static_cast<std::size_t>(
              ((window.red_plane + color * plan.channel_step) * plan.window.height + y) * plan.window.width + x);
          CHECK(std::isnan(values.at(place)));
          values.at(place) = plan.values.at(static_cast<std::size_t>(color)).at(byte);
        }
      }
    }
  }
  return values;
}

/// The plan of `steps` for pictures of this size; nothing where there is none.
std::optional<media::PicturePlan> plan_for(const std::string& steps, sampling::Size size, const FramePlan& frames,
                                           std::vector<double> draws = {}) {
  ListedDraws random(std::move(draws));
  return pipeline_of("[" + steps + "]").begin(frames, size, random).picture_plan();
}

void compare(const std::string& steps, int width, int height, const FramePlan& frames,
             const std::vector<double>& draws = {}) {
  CAPTURE(steps);
  std::vector<media::Image> pictures;
  for (std::size_t i = 0; i < frames.frames.size(); ++i) {
    pictures.push_back(noise(width, height, static_cast<uint32_t>(i)));
  }
  const auto plan = plan_for(steps, {width, height}, frames, draws);
  REQUIRE(plan);
  ListedDraws random(draws);
  const Array want = pipeline_of("[" + steps + "]").apply(pictures, frames, random);
  CHECK(plan->shape == want.shape);
  CHECK(plan->source == media::Size{width, height});
  CHECK(carried_out(*plan, pictures) == want.values);
}

}  // namespace

TEST_CASE("plans of the usual pipelines make what the pipelines make") {
  const std::string resize = R"({"type": "Resize", "scale": [-1, 16]}, )";
  for (const std::string& layout : {kNchw, kNcthw}) {
    compare(layout, 21, 18, plan_of(2, 2));
    compare(resize + layout, 40, 24, plan_of(2, 3));
    compare(resize + R"({"type": "CenterCrop", "crop_size": 12}, )" + layout, 40, 24, plan_of(2, 3));
    compare(resize + R"({"type": "ThreeCrop", "crop_size": 16}, )" + layout, 40, 24, plan_of(2, 3));
    compare(resize + R"({"type": "TenCrop", "crop_size": 11}, )" + layout, 24, 40, plan_of(2, 1));
    for (const double draw : {0.1, 0.9}) {
      compare(R"({"type": "Resize", "scale": [17, 13], "keep_ratio": false}, {"type": "Flip", "flip_ratio": 0.5}, )" +
                  layout,
              40, 24, plan_of(2, 2), {draw});
    }
  }
  compare(resize + R"({"type": "Flip", "flip_ratio": 1}, {"type": "ThreeCrop", "crop_size": 16}, )" + kNchw, 40, 24,
          plan_of(1, 2), {0.5});
  compare(resize + R"({"type": "Flip", "flip_ratio": 1}, {"type": "TenCrop", "crop_size": [9, 7]}, )" + kNcthw, 40, 24,
          plan_of(1, 2), {0.5});
  compare(resize + R"({"type": "CenterCrop", "crop_size": 15}, {"type": "TenCrop", "crop_size": 8}, )" + kNchw, 40, 24,
          plan_of(2, 1));
}

TEST_CASE("plans of pipelines that resize what they cropped") {
  const std::string resize = R"({"type": "Resize", "scale": [-1, 16]}, )",
                    square = R"({"type": "Resize", "scale": [12, 12], "keep_ratio": false}, )";
  for (const std::string& first : {std::string(), resize}) {
    for (const std::string& layout : {kNchw, kNcthw}) {
      compare(first + R"({"type": "CenterCrop", "crop_size": [13, 9]}, )" + square + layout, 40, 24, plan_of(2, 2));
      compare(first + R"({"type": "CenterCrop", "crop_size": 13}, {"type": "CenterCrop", "crop_size": [10, 8]}, )" +
                  square + R"({"type": "Flip", "flip_ratio": 1}, {"type": "TenCrop", "crop_size": [9, 7]}, )" + layout,
              40, 24, plan_of(1, 2), {0.5});
      compare(
          first + R"({"type": "RandomResizedCrop"}, )" + square + R"({"type": "Flip", "flip_ratio": 0.5}, )" + layout,
          40, 24, plan_of(1, 3), std::vector<double>(64, 0.4));
      compare(first + R"({"type": "ThreeCrop", "crop_size": 16}, )" + square + layout, 24, 16, plan_of(1, 2));
    }
  }
  compare(resize + R"({"type": "Resize", "scale": [-1, 8]}, )" + kNchw, 40, 24, plan_of(1, 1));
}

TEST_CASE("plans of other rules of normalising and of other layouts") {
  const std::string resize = R"({"type": "Resize", "scale": [-1, 16]}, )";
  compare(resize + R"({"type": "ActionDataPreprocessor", "mean": [1, 2, 3], "std": [4, 5, 6], "to_rgb": true},
                      {"type": "FormatShape", "input_format": "NCTHW"})",
          40, 24, plan_of(2, 3));
  compare(resize + R"({"type": "Normalize", "mean": [1, 2, 3], "std": [4, 5, 6], "to_bgr": true},
                      {"type": "FormatShape", "input_format": "NCTHW2D", "collapse": true})",
          40, 24, plan_of(2, 3));
  compare(resize + R"({"type": "Stack"}, {"type": "ToTorchFormatTensor"},
                      {"type": "GroupNormalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]})",
          40, 24, plan_of(1, 3));
}

TEST_CASE("a plan's numbers, one by one") {
  const auto plan = plan_for(R"({"type": "Resize", "scale": [-1, 16]}, {"type": "Flip", "flip_ratio": 1},
                                {"type": "ThreeCrop", "crop_size": 16}, )" +
                                 kNcthw,
                             {48, 32}, plan_of(1, 2), {0.5});
  REQUIRE(plan);
  CHECK(plan->shape == std::vector<int64_t>{3, 3, 2, 16, 16});
  CHECK(plan->window == media::Size{16, 16});
  CHECK(plan->channel_step == 2);
  CHECK(plan->values[0][0] == doctest::Approx(-123.675 / 58.395));
  CHECK(plan->values[2][255] == doctest::Approx((255 - 103.53) / 57.375));
  const media::Size resized{24, 16}, side{16, 16};
  CHECK(plan->windows == std::vector<media::PictureWindow>{{0, resized, {8, 0, side}, side, 0, 0, true, 0},
                                                           {0, resized, {0, 0, side}, side, 0, 0, true, 6},
                                                           {0, resized, {4, 0, side}, side, 0, 0, true, 12},
                                                           {1, resized, {8, 0, side}, side, 0, 0, true, 1},
                                                           {1, resized, {0, 0, side}, side, 0, 0, true, 7},
                                                           {1, resized, {4, 0, side}, side, 0, 0, true, 13}});
}

TEST_CASE("groups of frames have windows of their own draws") {
  const Pipeline pipeline = pipeline_of(R"([{"type": "AdaFocusClipSampleFrames", "num_segments": 2},
      {"type": "Resize", "scale": [-1, 16]}, {"type": "RandomCrop", "size": 8}, )" +
                                        kNchw + "]");
  ListedDraws random({0.9, 0.9, 0, 0});
  const auto plan = pipeline.begin(plan_of(1, 5), {24, 16}, random).picture_plan();
  REQUIRE(plan);
  REQUIRE(plan->windows.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(plan->windows[i].picture == static_cast<int64_t>(i));
    CHECK((plan->windows[i].part.left > 0) == (i < 2));
  }
}

TEST_CASE("what is more than two resizes and windows has no plan") {
  const std::string resize = R"({"type": "Resize", "scale": [-1, 16]}, )";
  const auto has_plan = [](const std::string& steps, const std::vector<double>& draws = {}) {
    return plan_for(steps, {40, 24}, plan_of(1, 1), draws).has_value();
  };
  CHECK(has_plan(resize + resize + kNchw));  // the second does nothing
  CHECK_FALSE(
      has_plan(resize + R"({"type": "Resize", "scale": [-1, 8]}, {"type": "Resize", "scale": [-1, 9]}, )" + kNchw));
  CHECK_FALSE(has_plan(R"({"type": "Resize", "scale": [-1, 16], "interpolation": "bicubic"}, )" + kNchw));
  CHECK_FALSE(has_plan(R"({"type": "Flip", "flip_ratio": 1}, )" + resize + kNchw, {0.5}));
  CHECK_FALSE(has_plan(resize + R"({"type": "Flip", "flip_ratio": 1, "direction": "vertical"}, )" + kNchw, {0.5}));
  CHECK_FALSE(has_plan(R"({"type": "GroupScale", "size": 16}, )" + kNchw));  // Pillow's
  CHECK_FALSE(plan_for(resize + kPlainFlow, {40, 24}, plan_of(1, 1)));
  FramePlan shorter = plan_of(3, 1);
  shorter.frames.pop_back();
  CHECK_FALSE(plan_for(resize + kNchw, {40, 24}, shorter));
}

TEST_CASE("a pipeline knows whether it works on a device") {
  const auto works = [](const std::string& steps) { return pipeline_of("[" + steps + "]").works_on_device(); };
  const std::string resize = R"({"type": "Resize", "scale": [-1, 256]}, )";
  CHECK(works(resize + R"({"type": "ThreeCrop", "crop_size": 256}, )" + kNchw));
  CHECK(works(resize + R"({"type": "RandomResizedCrop"}, {"type": "Resize", "scale": [224, 224], "keep_ratio": false},
                          {"type": "Flip", "flip_ratio": 0.5}, )" +
              kNcthw));
  CHECK(works(R"({"type": "AdaFocusClipSampleFrames", "num_segments": 2}, )" + resize +
              R"({"type": "RandomCrop", "size": 224}, )" + kNchw));
  CHECK_FALSE(works(R"({"type": "GroupScale", "size": 256}, )" + kNchw));
  CHECK_FALSE(works(resize + kPlainFlow));
  CHECK_FALSE(works(R"({"type": "CenterCrop", "crop_size": 2000}, )" + kNchw));
  CHECK_FALSE(works(R"({"type": "SampleFrames", "clip_len": 1, "frame_interval": 1, "num_clips": 2})"));
}

}  // namespace vs::data
