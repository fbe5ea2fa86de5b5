#include "lib/jobs/extract/extract_options.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/jobs/extract/layouts.h"
#include "lib/jobs/extract/option_table.h"

namespace vs::jobs {
namespace {

ExtractOptions read(std::initializer_list<const char*> words) {
  static const cli::OptionTable table = extract_option_table();
  std::vector<const char*> line{"vs-extract"};
  line.insert(line.end(), words.begin(), words.end());
  return read_extract_options(cli::parse_command_line(table, static_cast<int>(line.size()), line.data(),
                                                      [](const char*) -> const char* { return nullptr; }));
}

}  // namespace

TEST_CASE("the table is sound") { CHECK_NOTHROW(extract_option_table().check()); }

TEST_CASE("what the output's name makes of it") {
  CHECK(read({"-o", "x", "a.mp4"}).kind == OutputKind::kFolder);
  CHECK(read({"-o", "x/", "a.mp4"}).output == "x");
  CHECK(read({"-o", "x.h5", "a.mp4"}).kind == OutputKind::kPack);
  const auto stream = read({"-o", "-", "a.mp4"});
  CHECK(stream.kind == OutputKind::kStream);
  CHECK(stream.picture.format == FrameFormat::kRawRgb);
  CHECK(read({"-o", "x", "--format", "png", "a.mp4"}).name_template.text() == "img_{:05}.png");
}

TEST_CASE("layouts are defaults that options go before") {
  const auto plain = read({"-o", "x", "--layout", "reskd", "a.mp4"});
  CHECK(plain.name_template.text() == "image_{:05}.jpg");
  CHECK(plain.start_index == 1);
  CHECK(plain.picture.quality == 90);
  CHECK(plain.choice.rule == ChoiceRule::kConstantRate);
  CHECK(media::output_size(plain.picture.size, {1280, 720}) == media::Size{640, 360});
  const auto other =
      read({"-o", "x", "--layout", "reskd", "--fps", "4", "--quality", "95", "--start-index", "0", "a.mp4"});
  CHECK(other.choice.rule == ChoiceRule::kFps);
  CHECK(other.picture.quality == 95);
  CHECK(other.start_index == 0);
  const auto ava = read({"-o", "x", "--layout", "ava", "a.mp4"});
  CHECK(ava.choice.rule == ChoiceRule::kRate);
  CHECK(ava.choice.own_durations);
  const auto mmaction = read({"-o", "x", "--layout", "mmaction", "--short-side", "256", "a.mp4"});
  CHECK(media::output_size(mmaction.picture.size, {480, 270}) == media::Size{455, 256});
  CHECK(media::output_size(mmaction.picture.size, {320, 240}) == media::Size{320, 240});
  const auto opencv = read({"-o", "x", "--layout", "mmaction-opencv", "--short-side", "256", "a.mp4"});
  CHECK(media::output_size(opencv.picture.size, {853, 480}) == media::Size{454, 256});
  CHECK(media::output_size(opencv.picture.size, {320, 240}) == media::Size{341, 256});
  for (const Layout& layout : layouts()) CHECK_NOTHROW(FileTemplate::parse(layout.file_template));
  CHECK_THROWS_AS(layout_named("none"), std::logic_error);
}

TEST_CASE("parameters hold what layouts decided") {
  const auto options = read({"-o", "x", "--layout", "adafocus", "a.mp4"});
  CHECK(options.parameters->at("template") == "img_{:05}.jpg");
  CHECK(options.parameters->at("quality") == 90);
  CHECK(options.parameters->at("rounding") == "near");
  CHECK(options.inner_parameters->at("start_index") == 1);
  CHECK_FALSE(options.inner_parameters->contains("jobs"));
}

TEST_CASE("what does not go together is refused") {
  CHECK_THROWS_AS(read({"-o", "x"}), UsageError);
  CHECK_THROWS_AS(read({"a.mp4"}), UsageError);
  CHECK_THROWS_AS(read({"-o", "x", "--format", "raw", "a.mp4"}), UsageError);
  CHECK_THROWS_AS(read({"-o", "-", "--format", "png", "a.mp4"}), UsageError);
  CHECK_THROWS_AS(read({"-o", "x.h5", "--format", "raw-luma", "a.mp4"}), UsageError);
  CHECK_THROWS_AS(read({"-o", "x", "--template", "a/{}.jpg", "a.mp4"}), UsageError);
  CHECK_THROWS_AS(read({"-o", "x", "--template", ".{}.jpg", "a.mp4"}), UsageError);
  CHECK_THROWS_AS(read({"-o", "x", "--fps", "4", "--rate", "4", "a.mp4"}), UsageError);
  CHECK_THROWS_AS(read({"-o", "x", "--start", "2", "--end", "1", "a.mp4"}), UsageError);
  CHECK_THROWS_AS(read({"-o", "-", "--depfile", "d", "a.mp4"}), UsageError);
}

TEST_CASE("options that the output's form or the layout leaves nothing to do are refused") {
  const auto refused = [](std::initializer_list<const char*> words, const char* text) {
    CHECK_THROWS_WITH_AS(read(words), text, UsageError);
  };
  refused({"-o", "x", "--format", "png", "--quality", "9", "a.mp4"}, "--quality: only together with --format jpeg");
  refused({"-o", "-", "--quality", "9", "a.mp4"}, "--quality: only together with --format jpeg");
  refused({"-o", "x.h5", "--format", "raw", "--quality", "9", "a.mp4"}, "--quality: only together with --format jpeg");
  CHECK(read({"-o", "x.h5", "--quality", "9", "a.mp4"}).picture.quality == 9);
  CHECK_NOTHROW(read({"-o", "x", "--format", "png", "--layout", "reskd", "a.mp4"}));
  refused({"-o", "x.h5", "--template", "{}.jpg", "a.mp4"}, "--template: only together with a folder as --output");
  refused({"-o", "-", "--start-index", "1", "a.mp4"}, "--start-index: only together with a folder as --output");
  refused({"-o", "x", "--layout", "ava", "--rounding", "near", "a.mp4"},
          "--rounding: only together with a size, which --layout ava does not set");
  CHECK_NOTHROW(read({"-o", "x", "--layout", "reskd", "--rounding", "near", "a.mp4"}));
  refused({"-o", "x", "--layout", "mmaction", "--at-least-one", "a.mp4"},
          "--at-least-one: only together with --fps, --rate, --key-frames or a layout that sets a rate");
  CHECK_NOTHROW(read({"-o", "x", "--layout", "reskd", "--at-least-one", "a.mp4"}));
}

TEST_CASE("what a network looks at comes from its recipe, unless options say otherwise") {
  const auto frames = read({"-o", "x.h5", "--features", "tsn_r50_1x1x3_100e_kinetics400_rgb", "--untrained", "a.mp4"});
  CHECK(frames.kind == OutputKind::kFeatures);
  REQUIRE(frames.features);
  CHECK(frames.features->crop == media::Size{224, 224});
  CHECK(frames.features->short_side == 256);
  CHECK(frames.features->mean[0] == 123.675);
  CHECK(frames.features->deviation[2] == 57.375);
  CHECK(frames.features->recipe_file.empty());
  CHECK(frames.picture.format == FrameFormat::kRawRgb);
  CHECK(frames.picture.interpolation == media::Interpolation::kOpencvBilinear);
  // mmaction2 rounds the long side: 256 / 480 * 853 = 454.93.
  CHECK(media::output_size(frames.picture.size, {853, 480}) == media::Size{455, 256});
  CHECK(media::output_size(frames.picture.size, {240, 320}) == media::Size{256, 341});
  CHECK((*frames.parameters)["short_side"] == 256);
  CHECK((*frames.parameters)["features"] == "tsn_r50_1x1x3_100e_kinetics400_rgb");
  CHECK((*frames.parameters)["quality"].is_null());

  const auto small =
      read({"-o", "x.h5", "--features", "slowonly_r50_112p_8x8x1_150e_k400_rgb", "--untrained", "a.mp4"});
  // What its test pipeline says: Resize (-1, 112), SampleFrames every 8th of 8 frames.
  CHECK(small.features->short_side == 112);
  CHECK(small.features->frame_interval == 8);
  CHECK(small.features->clip_stride == 64);
  const auto cropped = read(
      {"-o", "x.h5", "--features", "slowonly_r50_112p_8x8x1_150e_k400_rgb", "--untrained", "--crop", "56", "a.mp4"});
  CHECK(cropped.features->short_side == 64);
  const auto clips = read({"-o", "x.h5", "--features", "slowonly_r50_4x16x1_256e_kinetics400_rgb", "--untrained",
                           "--frame-interval", "16", "--crop", "200", "--short-side", "230", "a.mp4"});
  CHECK(clips.features->request.shape == std::vector<int64_t>{1, 3, 4, 200, 200});
  CHECK(clips.features->clip_stride == 64);
  CHECK(clips.features->short_side == 230);
  const auto half =
      read({"-o", "x.h5", "--features", "DRCA-S-224", "--untrained", "--set", "model.backbone.comp_k=2", "a.mp4"});
  CHECK(half.features->mean[1] == 127.5);
  CHECK(half.features->deviation[1] == 127.5);
  const auto plain = read({"-o", "x.h5", "--features", "DRCA-S-224", "--untrained", "a.mp4"});
  CHECK(half.features->recipe_sha256 != plain.features->recipe_sha256);
}

TEST_CASE("features with what does not fit them") {
  const auto refused = [](std::initializer_list<const char*> words) {
    std::vector<const char*> all{"--features", "slowonly_r50_4x16x1_256e_kinetics400_rgb"};
    all.insert(all.end(), words.begin(), words.end());
    static const cli::OptionTable table = extract_option_table();
    all.insert(all.begin(), "vs-extract");
    all.push_back("a.mp4");
    try {
      (void)read_extract_options(cli::parse_command_line(table, static_cast<int>(all.size()), all.data(),
                                                         [](const char*) -> const char* { return nullptr; }));
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused({"-o", "x.h5"}).find("--features: needs the weights of the network") == 0);
  CHECK(refused({"-o", "x", "--untrained"}).find("--output x: features go into a file") == 0);
  CHECK(refused({"-o", "-", "--untrained"}).find("--output -: features go into a file") == 0);
  CHECK(refused({"-o", "x.h5", "--untrained", "--crop", "300"}).empty());
  CHECK(refused({"-o", "x.h5", "--untrained", "--crop", "300", "--short-side", "299"}).find("--short-side: 299") == 0);
  CHECK(refused({"-o", "x.h5", "--untrained", "--partial", "a"}).find("--partial") == 0);
  CHECK(refused({"-o", "x.h5", "--untrained", "--pool", "none"}).find("--pool") == 0);
  CHECK(refused({"-o", "x.h5", "--untrained", "--height", "200"}).find("--height") != std::string::npos);
  CHECK(refused({"-o", "x.h5", "--untrained", "--set", "model.depth"}).find("--features") == std::string::npos);
}

}  // namespace vs::jobs
