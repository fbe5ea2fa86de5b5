#include "lib/data/pipeline.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"
#include "tests/lib/data/pipeline_steps.h"

namespace vs::data {
namespace {

/// The message of the UsageError that building gives.
std::string refusal(const std::string& steps) {
  try {
    pipeline_of(steps);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

VideoFacts facts_of(int64_t frames) {
  VideoFacts facts;
  facts.id = "v";
  facts.num_frames = frames;
  return facts;
}

}  // namespace

TEST_CASE("a pipeline chooses frames and makes the network's input") {
  const Pipeline pipeline = pipeline_of(R"([
      {"type": "SampleFrames", "clip_len": 1, "frame_interval": 1, "num_clips": 2, "test_mode": true},
      {"type": "RawFrameDecode", "io_backend": "disk"}, {"type": "Resize", "scale": [-1, 4]},
      {"type": "CenterCrop", "crop_size": 2},
      {"type": "Normalize", "mean": [10, 20, 1], "std": [10, 10, 0.5], "to_bgr": false},
      {"type": "FormatShape", "input_format": "NCHW"},
      {"type": "Collect", "keys": ["imgs", "label"], "meta_keys": []}, {"type": "ToTensor", "keys": ["imgs"]}])");
  ListedDraws none;
  const FramePlan plan = pipeline.choose(facts_of(10), none);
  CHECK(plan.frames == std::vector<int64_t>{2, 7});
  CHECK(plan.num_clips == 2);
  CHECK(pipeline.reading({}).short_side == 4);
  const Array tensor = pipeline.apply({grid(6, 4, 1), grid(6, 4, 2)}, plan, none);
  CHECK(tensor.shape == std::vector<int64_t>{2, 3, 2, 2});
  CHECK(tensor.values == std::vector<float>{1, 2, 1, 2, -1, -1, 0, 0, 0, 0, 0, 0,  //
                                            1, 2, 1, 2, -1, -1, 0, 0, 2, 2, 2, 2});
}

TEST_CASE("crops come first, then clips, then frames") {
  std::vector<media::Image> pictures;
  for (int i = 0; i < 4; ++i) pictures.push_back(grid(4, 2, i));
  const std::string before = R"([{"type": "ThreeCrop", "crop_size": 2},
      {"type": "Normalize", "mean": [0, 0, 0], "std": [1, 1, 1]}, {"type": "FormatShape", "input_format": )";
  ListedDraws none;
  const Array nchw = pipeline_of(before + R"("NCHW"}])").apply(pictures, plan_of(2, 2), none);
  CHECK(nchw.shape == std::vector<int64_t>{12, 3, 2, 2});
  const Array ncthw = pipeline_of(before + R"("NCTHW"}])").apply(pictures, plan_of(2, 2), none);
  CHECK(ncthw.shape == std::vector<int64_t>{6, 3, 2, 2, 2});
  const Array flat = pipeline_of(before + R"("NCTHW2D"}])").apply(pictures, plan_of(2, 2), none);
  CHECK(flat.shape == std::vector<int64_t>{3, 3, 4, 2, 2});
  const int left[] = {0, 2, 1};  // left, right, middle
  for (size_t crop = 0; crop < 3; ++crop)
    for (size_t frame = 0; frame < 4; ++frame) {
      const float column = static_cast<float>(10 * left[crop]), number = static_cast<float>(frame);
      const size_t clip = frame / 2, t = frame % 2;
      CHECK(nchw.values[((crop * 4 + frame) * 3 + 0) * 4] == column);
      CHECK(nchw.values[((crop * 4 + frame) * 3 + 2) * 4] == number);
      CHECK(ncthw.values[(((crop * 2 + clip) * 3 + 0) * 2 + t) * 4] == column);
      CHECK(ncthw.values[(((crop * 2 + clip) * 3 + 2) * 2 + t) * 4] == number);
      CHECK(flat.values[((crop * 3 + 0) * 4 + frame) * 4] == column);
      CHECK(flat.values[((crop * 3 + 2) * 4 + frame) * 4] == number);
    }
}

TEST_CASE("a second set of crops is taken of the first one's crops") {
  const Array tensor =
      applied(R"([{"type": "ThreeCrop", "crop_size": [4, 2]}, {"type": "ThreeCrop", "crop_size": 2}, )" + kPlain + "]",
              {grid(8, 2)});
  CHECK(tensor.shape == std::vector<int64_t>{9, 3, 2, 2});
  std::vector<float> left;
  for (size_t crop = 0; crop < 9; ++crop) left.push_back(tensor.values[crop * 12] / 10);
  CHECK(left == std::vector<float>{0, 4, 2, 2, 6, 4, 1, 5, 3});
}

TEST_CASE("draws are made in the order of the steps, after those of the frames") {
  const Pipeline pipeline = pipeline_of(R"([{"type": "SampleFrames", "clip_len": 1, "num_clips": 2},
      {"type": "RandomRescale", "scale_range": [4, 7]}, {"type": "RandomCrop", "size": 2},
      {"type": "Flip", "flip_ratio": 0.5}, )" +
                                        kPlain + "]");
  ListedDraws random({0.0, 0.99, 0.99, 0.5, 0.0, 0.6});
  const FramePlan plan = pipeline.choose(facts_of(20), random);
  CHECK(plan.frames == std::vector<int64_t>{0, 19});
  CHECK(random.used() == 2);
  PipelineSample sample = pipeline.begin(plan, {7, 7}, random);
  CHECK(random.used() == 6);
  std::vector<float> values(static_cast<size_t>(sample.num_values()));
  sample.put(1, grid(7, 7, 9).view(), values);
  sample.put(0, grid(7, 7, 8).view(), values);
  sample.finish(values);
  CHECK(sample.shape() == std::vector<int64_t>{2, 3, 2, 2});
  // Short side 7, y first: row floor(0.5 * 5), column 0, not mirrored.
  CHECK(values[0] == 0);
  CHECK(values[4] == 20);
  CHECK(values[8] == 8);
  CHECK(values[12 + 8] == 9);
}

TEST_CASE("black frames fill a plan that has fewer frames than its clips") {
  const Pipeline pipeline = pipeline_of(R"([{"type": "RetrievalSampleFrames", "clip_len": 4},
      {"type": "Normalize", "mean": [127.5, 127.5, 127.5], "std": [127.5, 127.5, 127.5]},
      {"type": "FormatShape", "input_format": "NCTHW"}])");
  ListedDraws none;
  VideoFacts facts = facts_of(70);
  facts.frame_rate = 25;
  const FramePlan plan = pipeline.choose(facts, none);
  CHECK(plan.frames == std::vector<int64_t>{0, 25, 50});
  CHECK(plan.num_clips * plan.clip_len == 4);
  const media::Image white = [] {
    media::Image picture(1, 1, 3);
    picture.pixels = {255, 255, 255};
    return picture;
  }();
  const Array tensor = pipeline.apply({white, white, white}, plan, none);
  CHECK(tensor.shape == std::vector<int64_t>{1, 3, 4, 1, 1});
  CHECK(tensor.values == std::vector<float>{1, 1, 1, -1, 1, 1, 1, -1, 1, 1, 1, -1});
}

TEST_CASE("what is no pipeline is refused with place and nearest name") {
  CHECK(refusal(R"({"type": "Resize"})") == "pipeline: is no list of steps");
  CHECK(refusal(R"([{"type": "Resise", "scale": [-1, 4]}])") ==
        "pipeline.0.type (Resise): \"Resise\" is not known (did you mean \"Resize\"?)");
  CHECK(refusal(R"([{"type": "CenterCrop", "crop_sise": 4}])") ==
        "pipeline.0.crop_size (CenterCrop): is missing (there is \"crop_sise\")");
  CHECK(refusal(R"([{"type": "CenterCrop", "crop_size": 4, "lasy": false}, )" + kPlain + "]") ==
        "pipeline.0.lasy (CenterCrop): is no key of this step (did you mean \"lazy\"?)");
  CHECK(refusal(R"([{"type": "SampleFrames", "clip_len": 1}, {"type": "UniformSample", "clip_len": 1}])")
            .find("second") != std::string::npos);
  CHECK(refusal("[" + kPlain + R"(, {"type": "CenterCrop", "crop_size": 4}])").find("put it earlier") !=
        std::string::npos);
  CHECK(refusal(R"([{"type": "CenterCrop", "crop_size": 4}])").find("does not normalize") != std::string::npos);
  CHECK(refusal(R"([{"type": "Normalize", "mean": [0, 0, 0], "std": [1, 1, 1]}])").find("layout") != std::string::npos);
  CHECK(refusal(R"([{"type": "Normalize", "mean": [0, 0], "std": [1, 1]},
                    {"type": "FormatShape", "input_format": "NCHW"}])")
            .find("half for optical flow") != std::string::npos);
  CHECK(refusal(R"([{"type": "Stack"}, {"type": "GroupNormalize", "mean": [0, 0, 0], "std": [1, 1, 1]}])")
            .find("ToTorchFormatTensor") != std::string::npos);
  CHECK(refusal(R"([{"type": "Resize", "scale": [-1, 4], "lazy": true}])").find("other pixels") != std::string::npos);
  CHECK(refusal("[7]").find("pipeline.0: a step is an object") == 0);
  CHECK(refusal(R"([{"scale": 1}])") == "pipeline.0: names no \"type\"");
}

TEST_CASE("frames that do not fit are errors of the item") {
  const Pipeline pipeline = pipeline_of("[" + kPlain + "]");
  ListedDraws none;
  CHECK_THROWS_AS(pipeline.apply(std::vector<media::Image>{}, plan_of(1, 1), none), DataError);
  CHECK_THROWS_AS(pipeline.apply({grid(3, 3)}, plan_of(2, 1), none), DataError);
  CHECK_THROWS_WITH_AS(pipeline.apply({grid(3, 3), grid(3, 4)}, plan_of(2, 1), none),
                       "picture 1: is 3x4, those before it 3x3", DataError);
  CHECK_THROWS_AS(pipeline.apply({media::Image(3, 3, 1)}, plan_of(1, 1), none), DataError);
  CHECK_THROWS_AS(applied(R"([{"type": "CenterCrop", "crop_size": 4}, )" + kPlain + "]", {grid(3, 9)}), DataError);
  CHECK_THROWS_AS(pipeline.choose(facts_of(3), none), UsageError);
  const Pipeline frames_only = pipeline_of(R"([{"type": "SampleFrames", "clip_len": 1}])");
  CHECK_FALSE(frames_only.transforms());
  CHECK_THROWS_AS(frames_only.begin(plan_of(1, 1), {3, 3}, none), UsageError);
  CHECK_THROWS_AS(frames_only.choose(facts_of(0), none), DataError);
}

TEST_CASE("every picture must be put") {
  const Pipeline pipeline = pipeline_of("[" + kPlain + "]");
  ListedDraws none;
  PipelineSample sample = pipeline.begin(plan_of(2, 1), {2, 2}, none);
  std::vector<float> values(24);
  sample.put(1, grid(2, 2).view(), values);
  CHECK_THROWS_AS(sample.finish(values), std::logic_error);
  CHECK_THROWS_AS(sample.put(2, grid(2, 2).view(), values), std::logic_error);
  values.pop_back();
  CHECK_THROWS_AS(sample.put(0, grid(2, 2).view(), values), std::logic_error);
}

TEST_CASE("collapse drops the first axis where it is 1") {
  const Pipeline pipeline = pipeline_of(R"([{"type": "Normalize", "mean": [0, 0, 0], "std": [1, 1, 1]},
      {"type": "FormatShape", "input_format": "NCTHW", "collapse": true}])");
  ListedDraws none;
  CHECK(pipeline.begin(plan_of(1, 4), {5, 6}, none).shape() == std::vector<int64_t>{3, 4, 6, 5});
  CHECK_THROWS_AS(pipeline.begin(plan_of(2, 4), {5, 6}, none), DataError);
}

}  // namespace vs::data
