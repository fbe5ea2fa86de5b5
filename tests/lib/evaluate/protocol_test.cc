#include "lib/evaluate/protocol.h"

#include "lib/nn/torch.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/data/pipeline.h"
#include "lib/evaluate/experiment.h"
#include "lib/store/recipe.h"

namespace vs::evaluate {
namespace {

using Json = nlohmann::ordered_json;

Json steps(const char* format) {
  return Json::parse(R"([{"type": "SampleFrames", "clip_len": 8, "num_clips": 1, "test_mode": true},
    {"type": "Resize", "scale": [-1, 256]}, {"type": "CenterCrop", "crop_size": 224},
    {"type": "Normalize", "mean": [0, 0, 0], "std": [1, 1, 1]}, {"type": "FormatShape", "input_format": ")" +
                     std::string(format) + R"("}])");
}

Json changed(const std::string& protocol, const char* format = "NCTHW") {
  Json pipeline = steps(format);
  apply_protocol(parse_protocol(protocol), pipeline);
  return pipeline;
}

TEST_CASE("protocols in words") {
  CHECK(parse_protocol("10x3") == Protocol{10, 3, false});
  CHECK(parse_protocol("twice-sample+three-crop") == Protocol{std::nullopt, 3, true});
  CHECK(parse_protocol("ten-crop") == Protocol{std::nullopt, 10, false});
  for (const char* bad : {"", "x", "10", "10x", "0x1", "1x5", "-1x3", "three", "10x3+", "9999999999999999999999x1"})
    CHECK_THROWS_AS(parse_protocol(bad), UsageError);
}

TEST_CASE("clips and crops change the sampler and the crop, and nothing else") {
  const Json ten = changed("10x3");
  CHECK(ten[0].at("num_clips") == 10);
  CHECK(ten[2] == Json{{"type", "ThreeCrop"}, {"crop_size", 256}});
  CHECK(ten[1] == steps("NCTHW")[1]);
  CHECK(changed("1x1") == steps("NCTHW"));
  CHECK(changed("ten-crop")[2].at("type") == "TenCrop");
  CHECK(changed("twice-sample")[0].at("twice_sample") == true);
}

TEST_CASE("segments are one clip: more of them are refused, twice the segments are not") {
  CHECK_THROWS_AS(changed("2x1", "NCHW"), UsageError);
  CHECK(changed("1x3", "NCHW")[0].at("num_clips") == 1);
  CHECK(changed("twice-sample", "NCHW")[0].at("twice_sample") == true);
}

TEST_CASE("a pipeline without the step is refused") {
  Json no_crop = steps("NCHW");
  no_crop.erase(2);
  CHECK_THROWS_AS(apply_protocol(parse_protocol("three-crop"), no_crop), UsageError);
  Json no_resize = steps("NCHW");
  no_resize.erase(1);
  CHECK_THROWS_AS(apply_protocol(parse_protocol("three-crop"), no_resize), UsageError);
  Json other = steps("NCHW");
  other[0] = Json{{"type", "UniformSampleFrames"}, {"clip_len", 8}};
  CHECK_THROWS_AS(apply_protocol(parse_protocol("twice-sample"), other), UsageError);
}

TEST_CASE("every recipe with data runs what it says: system and pipeline fit on tensors without memory") {
  int checked = 0;
  for (const auto& name : store::recipe_names()) {
    CAPTURE(name);
    if (!store::Recipe::load(name).document().contains("data")) continue;
    const Json document = read_experiment(name, {});
    Experiment experiment(document, "test", 0);
    data::VideoFacts facts{.id = "v", .num_frames = 300, .frame_rate = 25};
    const std::vector<double> motion(299, 0.5);
    facts.motion = motion;
    ItemRandom random(0, 0, "v");
    const data::FramePlan plan = experiment.pipeline().choose(facts, random);
    auto sample = experiment.pipeline().begin(plan, {340, 256}, random);
    std::vector<int64_t> shape = sample.shape();
    if (shape.size() == 3) shape = {shape[0] / 3, 3, shape[1], shape[2]};
    const bool clips = experiment.system().layout() == systems::InputLayout::kClips;
    CHECK(shape.size() == (clips ? 5U : 4U));
    CHECK(experiment.system().refusal(clips ? shape[2] : shape[0]).empty());
    const std::vector<int64_t> stated = document.at("input").at("shape").get<std::vector<int64_t>>();
    CHECK((clips ? shape[2] : 3) == (clips ? stated[2] : 3));
    ++checked;
  }
  CHECK(checked >= 88);
}

}  // namespace
}  // namespace vs::evaluate
