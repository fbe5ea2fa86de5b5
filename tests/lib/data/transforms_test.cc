#include "lib/data/transforms/transforms.h"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>

#include "lib/core/error.h"
#include "lib/data/transforms/normalize.h"
#include "lib/media/image_resize.h"
#include "lib/media/image_resize_pillow.h"
#include "tests/lib/data/pipeline_steps.h"

namespace vs::data {
namespace {

/// Frames of this size after the steps.
std::vector<int64_t> size_after(const std::string& step, sampling::Size size, std::vector<double> draws = {}) {
  ListedDraws random(std::move(draws));
  const auto shape = pipeline_of("[" + step + ", " + kPlain + "]").begin(plan_of(1, 1), size, random).shape();
  return {shape[3], shape[2]};
}

/// Left upper value of channel 0 and 1: column and row.
std::vector<float> corner(const Array& tensor, size_t frame = 0) {
  const auto area = static_cast<size_t>(tensor.shape[2] * tensor.shape[3]);
  return {tensor.values[frame * 3 * area] / 10, tensor.values[(frame * 3 + 1) * area] / 10};
}

std::string refusal(const std::string& step) {
  try {
    pipeline_of("[" + step + ", " + kPlain + "]");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("sizes of Resize") {
  CHECK(size_after(R"({"type": "Resize", "scale": [-1, 256]})", {340, 512}) == std::vector<int64_t>{256, 386});
  CHECK(size_after(R"({"type": "Resize", "scale": [-1, 256], "rounding": "cut"})", {340, 512}) ==
        std::vector<int64_t>{256, 385});
  CHECK(size_after(R"({"type": "Resize", "scale": [340, 256]})", {640, 360}) == std::vector<int64_t>{340, 191});
  CHECK(size_after(R"({"type": "Resize", "scale": 0.5})", {5, 9}) == std::vector<int64_t>{3, 5});
  CHECK(size_after(R"({"type": "Resize", "scale": [7, 3], "keep_ratio": false})", {5, 9}) ==
        std::vector<int64_t>{7, 3});
  CHECK(size_after(R"({"type": "RandomRescale", "scale_range": [4, 6]})", {8, 16}, {0.99}) ==
        std::vector<int64_t>{6, 12});
  CHECK(size_after(R"({"type": "GroupScale", "size": 256})", {320, 240}) == std::vector<int64_t>{341, 256});
  CHECK(size_after(R"({"type": "GroupScale", "size": 256})", {256, 333}) == std::vector<int64_t>{256, 333});
}

TEST_CASE("bad values of steps are refused") {
  for (const char* step :
       {R"({"type": "Resize"})", R"({"type": "Resize", "scale": 256})", R"({"type": "Resize", "scale": [0, 4]})",
        R"({"type": "Resize", "scale": [-1, -1]})", R"({"type": "Resize", "scale": [4.5, 3]})",
        R"({"type": "Resize", "scale": [-1, 4], "keep_ratio": false})",
        R"({"type": "Resize", "scale": [3, 4], "rounding": "cut"})",
        R"({"type": "Resize", "scale": [3, 4], "interpolation": "pillow"})",
        R"({"type": "RandomRescale", "scale_range": [5, 4]})", R"({"type": "CenterCrop", "crop_size": 0})",
        R"({"type": "CenterCrop", "crop_size": [4]})", R"({"type": "Flip", "flip_ratio": 1.5})",
        R"({"type": "Flip", "direction": "diagonal"})", R"({"type": "Flip", "flip_label_map": {"a": 1}})",
        R"({"type": "RandomResizedCrop", "area_range": [0.5, 2]})",
        R"({"type": "MultiScaleCrop", "input_size": 4, "scales": [2]})",
        R"({"type": "MultiScaleCrop", "input_size": 4, "num_fixed_crops": 7})",
        R"({"type": "GroupRandomHorizontalFlip", "is_flow": true})",
        R"({"type": "Normalize", "mean": [1, 2, 3], "std": [1, 2, 0]})"})
    CHECK_MESSAGE(refusal(step) != "accepted", step);
}

TEST_CASE("where crops lie") {
  CHECK(corner(applied(R"([{"type": "CenterCrop", "crop_size": [2, 3]}, )" + kPlain + "]", {grid(7, 8)})) ==
        std::vector<float>{2, 2});
  // Half of 3 free columns is 1.5, halves to even 2; half of 5 rows 2.5, 2.
  CHECK(corner(applied(R"([{"type": "GroupCenterCrop", "size": 3}, )" + kPlain + "]", {grid(6, 8)})) ==
        std::vector<float>{2, 2});
  // y is drawn first, the last position never.
  CHECK(corner(applied(R"([{"type": "RandomCrop", "size": 3}, )" + kPlain + "]", {grid(7, 8)}, {0.99, 0.3})) ==
        std::vector<float>{1, 4});
  const Array ten = applied(R"([{"type": "TenCrop", "crop_size": 2}, )" + kPlain + "]", {grid(6, 7)});
  CHECK(ten.shape[0] == 10);
  CHECK(corner(ten, 0) == std::vector<float>{0, 0});
  CHECK(corner(ten, 1) == std::vector<float>{1, 0});  // mirrored: begins with its last column
  CHECK(corner(ten, 6) == std::vector<float>{4, 4});
  CHECK(corner(ten, 8) == std::vector<float>{2, 2});
}

TEST_CASE("a mirror before a crop or a resize is a mirror of the pixels") {
  const std::string flip = R"({"type": "Flip", "flip_ratio": 1})",
                    upside = R"({"type": "Flip", "flip_ratio": 1, "direction": "vertical"})";
  const media::Image picture = grid(7, 5);
  media::Image mirrored(7, 5, 3);
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 7; ++x)
      for (int c = 0; c < 3; ++c) mirrored.row(y)[3 * x + c] = picture.row(4 - y)[3 * (6 - x) + c];
  for (const std::string& rest :
       {std::string(), std::string(R"({"type": "CenterCrop", "crop_size": [2, 3]}, )"),
        std::string(R"({"type": "Resize", "scale": [5, 9], "keep_ratio": false}, )"),
        std::string(R"({"type": "TenCrop", "crop_size": [2, 3]}, )"),
        std::string(R"({"type": "GroupScale", "size": 4}, {"type": "GroupCenterCrop", "size": 3}, )")})
    CHECK(applied("[" + flip + ", " + upside + ", " + rest + kPlain + "]", {picture}, {0, 0}).values ==
          applied("[" + rest + kPlain + "]", {mirrored}).values);
  // In the middle it does not matter which comes first.
  const std::string crop = R"({"type": "CenterCrop", "crop_size": [3, 3]}, )", three = flip + ", " + flip + ", " + flip;
  CHECK(applied("[" + crop + three + ", " + upside + ", " + kPlain + "]", {picture}, {0, 0, 0, 0}).values ==
        applied("[" + crop + kPlain + "]", {mirrored}).values);
}

TEST_CASE("a flip changes labels that have a partner") {
  const Pipeline pipeline =
      pipeline_of(R"([{"type": "Flip", "flip_ratio": 0.5, "flip_label_map": {"2": 4, "4": 2}}, )" + kPlain + "]");
  const auto label = [&](double u, std::optional<int64_t> from) {
    ListedDraws random({u});
    return pipeline.begin(plan_of(1, 1), {2, 2}, random, from).label();
  };
  CHECK(label(0.4, 2) == 4);
  CHECK(label(0.4, 4) == 2);
  CHECK(label(0.4, 3) == 3);
  CHECK(label(0.5, 2) == 2);
  CHECK(label(0.4, std::nullopt) == std::nullopt);
  const Pipeline named =
      pipeline_of(R"([{"type": "Flip", "flip_ratio": 1, "flip_label_map": "sthv2"}, )" + kPlain + "]");
  ListedDraws random({0});
  CHECK(named.begin(plan_of(1, 1), {2, 2}, random, 167).label() == 166);
}

TEST_CASE("optical flow: x changes its sign in a mirror, magnitudes follow the resize") {
  const auto plane = [](uint8_t a, uint8_t b) {
    media::Image picture(2, 1, 1);
    picture.pixels = {a, b};
    return picture;
  };
  const std::vector<media::Image> pictures{plane(10, 20), plane(30, 40), plane(50, 60), plane(70, 80)};
  ListedDraws random({0});
  const Array tensor =
      pipeline_of(R"([{"type": "Flip", "flip_ratio": 1}, )" + kPlainFlow + "]").apply(pictures, plan_of(1, 2), random);
  CHECK(tensor.shape == std::vector<int64_t>{1, 4, 1, 2});
  CHECK(tensor.values == std::vector<float>{235, 245, 40, 30, 195, 205, 80, 70});
  const Array larger =
      pipeline_of(R"([{"type": "Resize", "scale": [4, 3], "keep_ratio": false, "interpolation": "nearest"},
      {"type": "Normalize", "mean": [10, 30], "std": [1, 2], "adjust_magnitude": true},
      {"type": "FormatShape", "input_format": "NCHW_Flow"}])")
          .apply({pictures[0], pictures[1]}, plan_of(1, 1), random);
  CHECK(larger.values == std::vector<float>{0, 0, 20, 20, 0, 0, 20, 20, 0, 0, 20, 20,  //
                                            0, 0, 15, 15, 0, 0, 15, 15, 0, 0, 15, 15});
  ListedDraws upside({0});
  CHECK_THROWS_AS(pipeline_of(R"([{"type": "Flip", "flip_ratio": 1, "direction": "vertical"}, )" + kPlainFlow + "]")
                      .apply(pictures, plan_of(1, 2), upside),
                  UsageError);
}

TEST_CASE("every value is normalized by the rule of its program, to the bit") {
  media::Image all(256, 1, 3);
  for (int x = 0; x < 256; ++x)
    for (int c = 0; c < 3; ++c) all.row(0)[3 * x + c] = static_cast<uint8_t>(c == 0 ? x : c == 1 ? 255 - x : x ^ 5);
  const std::vector<double> mean{123.675, 116.28, 103.53}, std{58.395, 57.12, 57.375};
  std::vector<float> planes(3 * 256);
  for (const NormalizeRule rule :
       {NormalizeRule::kMmaction0x, NormalizeRule::kMmaction1x, NormalizeRule::kTorchvision}) {
    for (const bool swap : {false, true}) {
      const Normalization values(rule, mean, std, swap);
      values.planes(all.view(), planes.data(), 256);
      for (size_t c = 0; c < 3; ++c)
        for (size_t x = 0; x < 256; ++x) {
          const float v = all.pixels[3 * x + (swap ? 2 - c : c)];
          const auto m = static_cast<float>(mean[c]), s = static_cast<float>(std[c]);
          float want = (v - m) / s;
          if (rule == NormalizeRule::kMmaction0x)
            want = static_cast<float>(static_cast<double>(v - m) * (1 / static_cast<double>(s)));
          if (rule == NormalizeRule::kTorchvision) want = (v / 255 - m) / s;
          CHECK(planes[c * 256 + x] == want);
        }
    }
  }
  CHECK_THROWS_AS(Normalization(NormalizeRule::kMmaction0x, {1, 2}, {1}), UsageError);
  CHECK_THROWS_AS(Normalization(NormalizeRule::kMmaction0x, {1}, {0}), UsageError);
  CHECK_THROWS_AS(Normalization(NormalizeRule::kMmaction0x, {1, 2}, {1, 1}, true), UsageError);
  CHECK_THROWS_AS(Normalization(NormalizeRule::kMmaction0x, {1, NAN, 2}, {1, 1, 1}), UsageError);
}

TEST_CASE("mmaction2 resizes as OpenCV, AdaFocusV2 as Pillow") {
  media::Image picture(16, 12, 3);
  for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<uint8_t>(splitmix64(i));
  const auto want = [](const media::Image& made) {
    std::vector<float> values;
    for (int c = 0; c < 3; ++c)
      for (size_t i = static_cast<size_t>(c); i < made.pixels.size(); i += 3) values.push_back(made.pixels[i]);
    return values;
  };
  media::Image made;
  media::resize_as_opencv(picture.view(), {5, 4}, media::OpencvResize::kBilinear, made);
  CHECK(applied(R"([{"type": "Resize", "scale": [-1, 4]}, )" + kPlain + "]", {picture}).values == want(made));
  media::resize_as_pillow(picture.view(), {5, 4}, made);
  CHECK(applied(R"([{"type": "GroupScale", "size": 4}, )" + kPlain + "]", {picture}).values == want(made));
  media::resize_as_opencv(picture.view(), {5, 4}, media::OpencvResize::kArea, made);
  CHECK(
      applied(R"([{"type": "Resize", "scale": [-1, 4], "interpolation": "area"}, )" + kPlain + "]", {picture}).values ==
      want(made));
}

TEST_CASE("frames may come with the first short side, where there is one") {
  const auto side = [](const std::string& step) {
    return pipeline_of("[" + step + ", " + kPlain + "]").reading({}).short_side;
  };
  CHECK(side(R"({"type": "Resize", "scale": [-1, 256]})") == 256);
  CHECK(side(R"({"type": "Resize", "scale": [256, -1]})") == 256);
  CHECK(side(R"({"type": "Resize", "scale": [340, 256]})") == 0);
  CHECK(side(R"({"type": "Resize", "scale": [-1, 256], "interpolation": "area"})") == 0);
  CHECK(side(R"({"type": "Resize", "scale": [-1, 256], "rounding": "cut"})") == 0);
  CHECK(side(R"({"type": "CenterCrop", "crop_size": 4}, {"type": "Resize", "scale": [-1, 256]})") == 0);
}

}  // namespace vs::data
