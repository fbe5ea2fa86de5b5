#include "lib/data/pipeline_samplers.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"
#include "lib/sampling/motion_guided.h"
#include "lib/sampling/sample_frames.h"
#include "tests/lib/data/pipeline_steps.h"

namespace vs::data {
namespace {

FramePlan chosen(const std::string& step, const VideoFacts& facts, std::vector<double> draws = {}) {
  ListedDraws random(std::move(draws));
  return pipeline_of("[" + step + "]").choose(facts, random);
}

FramePlan chosen(const std::string& step, int64_t frames, std::vector<double> draws = {}) {
  VideoFacts facts;
  facts.id = "v";
  facts.num_frames = frames;
  return chosen(step, facts, std::move(draws));
}

bool refused(const std::string& step) {
  try {
    pipeline_of("[" + step + "]");
  } catch (const UsageError&) {
    return true;
  }
  return false;
}

using Frames = std::vector<int64_t>;

}  // namespace

TEST_CASE("clip samplers with their options") {
  const FramePlan clips =
      chosen(R"({"type": "SampleFrames", "clip_len": 4, "frame_interval": 2, "num_clips": 2, "test_mode": true})", 20);
  CHECK(clips.frames == Frames{3, 5, 7, 9, 9, 11, 13, 15});
  CHECK(clips.clip_len == 4);
  CHECK(clips.num_clips == 2);
  // The rule of 1.x: from the first frame to the last.
  CHECK(
      chosen(
          R"({"type": "SampleFrames", "clip_len": 4, "frame_interval": 2, "num_clips": 2, "test_mode": true, "generation": "1.x"})",
          20)
          .frames == Frames{0, 2, 4, 6, 13, 15, 17, 19});
  CHECK(
      chosen(
          R"({"type": "SampleFrames", "clip_len": 3, "out_of_bound_opt": "repeat_last", "test_mode": true, "start_index": 1})",
          2)
          .frames == Frames{0, 1, 1});
  const FramePlan twice =
      chosen(R"({"type": "SampleFrames", "clip_len": 1, "num_clips": 2, "test_mode": true, "twice_sample": true})", 8);
  CHECK(twice.frames == Frames{2, 6, 0, 4});
  CHECK(twice.num_clips == 4);
  CHECK(chosen(R"({"type": "SampleFrames", "clip_len": 1, "num_clips": 2})", 8, {0.99, 0}).frames == Frames{3, 4});
  CHECK(
      chosen(
          R"({"type": "DenseSampleFrames", "clip_len": 1, "num_clips": 2, "sample_range": 4, "num_sample_positions": 2, "test_mode": true})",
          8)
          .frames == Frames{0, 2, 4, 6});
  CHECK(chosen(R"({"type": "UniformSample", "clip_len": 4, "test_mode": true})", 9).frames == Frames{1, 3, 5, 7});
  const std::string uniform = R"({"type": "UniformSampleFrames", "clip_len": 4, "num_clips": 1, "test_mode": true)";
  CHECK(chosen(uniform + "}", 100).frames == chosen(uniform + "}", 100).frames);
  CHECK(chosen(uniform + "}", 100).frames != chosen(uniform + R"(, "seed": 7})", 100).frames);
  // The same argument, two meanings.
  CHECK(chosen(R"({"type": "UntrimmedSampleFrames", "clip_len": 1, "frame_interval": 4})", 10).frames == Frames{2, 6});
  CHECK(
      chosen(
          R"({"type": "UntrimmedSampleFrames", "clip_len": 3, "clip_interval": 4, "frame_interval": 2, "generation": "1.x"})",
          10)
          .frames == Frames{0, 2, 4, 4, 6, 8});
}

TEST_CASE("frames at equal steps of motion") {
  const std::vector<double> motion{0, 0, 9, 0, 0, 9, 0};
  VideoFacts facts;
  facts.id = "v";
  facts.num_frames = 8;
  facts.motion = motion;
  const std::string test = R"({"type": "MGSampleFrames", "num_segments": 4, "test_mode": true)";
  const FramePlan plan = chosen(test + "}", facts);
  CHECK(plan.frames == sampling::guided_test_frames(motion, 4));
  CHECK(plan.clip_len == 4);
  CHECK(chosen(test + R"(, "num_clips": 2, "mu": 1})", facts).frames == sampling::guided_test_frames(motion, 4, 2, 1));
  CHECK(chosen(test + R"(, "num_clips": 2, "window": 4})", facts).frames ==
        sampling::guided_window_test_frames(motion, 2, {4, 4, sampling::kDefaultSmoothing}));
  const std::vector<double> curve{0.1, 0.2, 0.5, 0.5, 0.7, 0.9, 1};
  facts.motion = curve;
  facts.motion_is_curve = true;
  CHECK(chosen(test + "}", facts).frames == sampling::curve_test_frames(curve, 4));
  CHECK_THROWS_AS(chosen(test + R"(, "window": 4})", facts), DataError);
  const std::vector<double> draws{0.1, 0.9, 0.5, 0.5};
  ListedDraws random(draws);
  CHECK(chosen(R"({"type": "MGSampleFrames", "num_segments": 4})", facts, draws).frames ==
        sampling::curve_train_frames(curve, 4, random));
}

TEST_CASE("motion that is missing or of another video is an error of the item") {
  const std::string step = R"({"type": "MGSampleFrames", "num_segments": 4, "test_mode": true})";
  CHECK_THROWS_AS(chosen(step, 8), DataError);
  CHECK_THROWS_AS(chosen(step, 0), DataError);
  CHECK(chosen(step, 1).frames == Frames{0, 0, 0, 0});
  const std::vector<double> motion{1, 2, 3};
  VideoFacts facts;
  facts.id = "v";
  facts.num_frames = 8;
  facts.motion = motion;
  CHECK_THROWS_WITH_AS(
      chosen(step, facts),
      "v: has 8 frames, but 3 values of motion (motion of other frames, or another frame count in the annotations)",
      DataError);
}

TEST_CASE("samplers of AdaFocusV2 and of retrieval") {
  const std::string ada = R"({"type": "AdaFocusSampleFrames", "num_segments": 4)";
  CHECK(chosen(ada + "}", 40).frames == Frames{5, 15, 25, 35});
  CHECK(chosen(ada + "}", 3).frames == Frames{0, 1, 2, 2});
  CHECK(chosen(ada + R"(, "too_short": "first_frame"})", 3).frames == Frames{0, 0, 0, 0});
  CHECK(chosen(ada + R"(, "mode": "twice"})", 40).frames == Frames{5, 15, 25, 35, 0, 10, 20, 30});
  CHECK(chosen(ada + R"(, "mode": "train"})", 40, {0.9, 0, 0.5, 0.1}).frames == Frames{9, 10, 25, 31});
  CHECK(chosen(ada + R"(, "mode": "dense_test"})", 200).frames.size() == 40);
  CHECK(chosen(R"({"type": "AdaFocusClipSampleFrames", "num_segments": 4})", 24).frames ==
        Frames{3, 9, 15, 21, 2, 6, 10, 14, 18, 22});
  CHECK(chosen(R"({"type": "AdaFocusClipSampleFrames", "num_segments": 4})", 5).frames ==
        Frames{0, 1, 3, 4, 0, 0, 0, 0, 0, 0});
  CHECK_THROWS_AS(chosen(R"({"type": "RetrievalSampleFrames"})", 40), DataError);  // no frame rate
}

TEST_CASE("glance clip and focus clip are transformed by draws of their own") {
  const Pipeline pipeline = pipeline_of(R"([{"type": "AdaFocusClipSampleFrames", "num_segments": 2, "mode": "train"},
      {"type": "RandomCrop", "size": 2}, )" +
                                        kPlain + "]");
  VideoFacts facts;
  facts.id = "v";
  facts.num_frames = 8;
  ListedDraws random({0, 0, 0, 0, 0, /* glance at row 0, column 3; focus at row 2, column 1 */ 0, 0.8, 0.6, 0.3});
  const FramePlan plan = pipeline.choose(facts, random);
  REQUIRE(plan.frames.size() == 5);
  const Array tensor = pipeline.apply(std::vector<media::Image>(5, grid(6, 6)), plan, random);
  CHECK(random.used() == 9);
  for (size_t frame = 0; frame < 5; ++frame) {
    CHECK(tensor.values[frame * 12] == (frame < 2 ? 30 : 10));
    CHECK(tensor.values[frame * 12 + 4] == (frame < 2 ? 0 : 20));
  }
}

TEST_CASE("options without a meaning are refused") {
  CHECK(refused(R"({"type": "SampleFrames"})"));
  CHECK(refused(R"({"type": "SampleFrames", "clip_len": 0})"));
  CHECK(refused(R"({"type": "SampleFrames", "clip_len": 1, "target_fps": 5})"));
  CHECK(refused(
      R"({"type": "SampleFrames", "clip_len": 4, "twice_sample": true, "test_mode": true, "generation": "1.x"})"));
  CHECK(refused(R"({"type": "SampleFrames", "clip_len": 60000, "num_clips": 60000})"));
  CHECK(refused(R"({"type": "UniformSampleFrames", "clip_len": 60000, "num_clips": 60000})"));
  CHECK(refused(R"({"type": "DenseSampleFrames", "clip_len": 100, "num_clips": 100, "num_sample_positions": 100})"));
  CHECK(refused(R"({"type": "MGSampleFrames", "num_segments": 8, "clip_len": 1})"));
  CHECK(refused(R"({"type": "MGSampleFrames", "num_segments": 8, "num_clips": 2})"));
  CHECK(refused(R"({"type": "UniformSample", "clip_len": 8, "num_clips": 2})"));
  CHECK(refused(R"({"type": "AdaFocusSampleFrames", "num_segments": 8, "mode": "valid"})"));
  CHECK_FALSE(
      refused(R"({"type": "SampleFrames", "clip_len": 4, "test_mode": true, "generation": "1.x", "target_fps": 15})"));
}

}  // namespace vs::data
