// Golden kind of MGSampler from a video to probabilities: motion, frames, pixels, network.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/data/pipeline.h"
#include "lib/media/image.h"
#include "lib/media/picture_frame.h"
#include "lib/motion/pixel_motion.h"
#include "lib/sampling/motion_curve.h"
#include "lib/systems/system.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

using Json = nlohmann::ordered_json;

/// The number after `words` in a text.
int64_t stated_number(const std::string& text, const std::string& words) {
  const std::regex pattern(words + "[^0-9]*([0-9]+)");
  std::smatch found;
  if (!std::regex_search(text, found, pattern)) throw DataError("case", "states no number after " + words);
  return std::stoll(found[1]);
}

/// Pictures map[0], map[1], ... of a smooth video.
std::vector<media::Image> pictures(const Case& c, int64_t count) {
  const auto& p = c.parameters();
  const auto height = p.at("H").get<int64_t>(), width = p.at("W").get<int64_t>();
  const std::vector<uint8_t> bytes = smooth_video(count, height, width, p.at("key").get<std::string>());
  const auto size = static_cast<std::ptrdiff_t>(bytes.size()) / count;
  std::vector<media::Image> video;
  for (const int64_t frame : c.input<int64_t>("map")) {
    media::Image image(static_cast<int>(width), static_cast<int>(height), 3);
    std::copy_n(bytes.begin() + frame * size, size, image.pixels.begin());
    video.push_back(std::move(image));
  }
  return video;
}

std::vector<double> motion_of(const std::vector<media::Image>& video) {
  motion::PixelMotion motion(motion::PixelMeasure::kSsim);
  for (const media::Image& image : video) {
    media::PictureFrame frame;
    frame.set_raw(image.pixels, media::PictureFormat::kRawRgb, image.width, image.height, "picture");
    motion.add(frame);
  }
  return motion.values();
}

Json pipeline_of(int64_t segments, int64_t short_side, int64_t crop) {
  return {{{"type", "MGSampleFrames"}, {"num_segments", segments}, {"test_mode", true}},
          {{"type", "Resize"}, {"scale", {-1, short_side}}},
          {{"type", "CenterCrop"}, {"crop_size", crop}},
          {{"type", "Normalize"}, {"mean", {123.675, 116.28, 103.53}}, {"std", {58.395, 57.12, 57.375}}},
          {{"type", "FormatShape"}, {"input_format", "NCHW"}}};
}

Json model_of(int64_t depth, int64_t segments, int64_t classes) {
  const Json tsm{{"type", "Recognizer2D"},
                 {"backbone", {{"type", "ResNetTSM"}, {"depth", depth}, {"num_segments", segments}, {"shift_div", 8}}},
                 {"cls_head",
                  {{"type", "TSMHead"},
                   {"num_classes", classes},
                   {"in_channels", depth < 50 ? 512 : 2048},
                   {"num_segments", segments}}},
                 {"test_cfg", {{"average_clips", "prob"}}}};
  return {{"type", "MGSampler"}, {"recognizer", tsm}};
}

void check_end_to_end(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const auto what = p.at("what").get<std::string>();
  const auto segments = p.at("num_segments").get<int64_t>();
  const std::vector<media::Image> video = pictures(c, stated_number(what, "smooth_video\\("));
  const std::vector<double> motion = motion_of(video);
  report.compare("motion", motion);
  report.compare("curve", sampling::motion_curve(motion));

  const data::Pipeline pipeline(
      pipeline_of(segments, stated_number(what, "short side"), stated_number(what, "CenterCrop")));
  ItemRandom unused(0, 0, "");
  const data::FramePlan plan =
      pipeline.choose({.id = "video", .num_frames = static_cast<int64_t>(video.size()), .motion = motion}, unused);
  std::vector<int64_t> numbers;
  std::vector<media::Image> chosen;
  for (const int64_t frame : plan.frames) {
    numbers.push_back(frame + 1);
    chosen.push_back(video.at(static_cast<std::size_t>(frame)));
  }
  report.compare("frames", numbers);
  data::Array input = pipeline.apply(std::move(chosen), plan, unused);
  const at::Tensor imgs = at::from_blob(input.values.data(), input.shape, at::kFloat);
  const auto blocks = static_cast<int64_t>(c.output_shape("imgs_blocks4").at(2));
  compare(report, "imgs_blocks4", at::avg_pool2d(imgs, {imgs.size(2) / blocks, imgs.size(3) / blocks}));

  const auto system = systems::build_system(
      model_of(stated_number(what, "ResNet-"), segments, static_cast<int64_t>(c.output_shape("logits").at(1))));
  const at::ScalarType dtype = stated_type(p);
  check_state_dict(c, system->module(), report);
  fill_weights(c, system->module(), {}, dtype);
  const Forward forward = [&](at::ScalarType type) -> Outputs {
    const systems::Result result = system->run(imgs.to(type).unsqueeze(0));
    return {{"logits", result.clip_scores.flatten(0, 1)}, {"probs", result.scores}};
  };
  check_forward(c, system->module(), dtype, forward, report, {"logits", "probs"});
}

}  // namespace

KindTable mgsampler_end_to_end_kinds() {
  KindTable table;
  table.kinds = {{"mgsampler.end_to_end", check_end_to_end}};
  return table;
}

}  // namespace vs::golden
