#include "lib/jobs/extract/video_run.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

std::string video(const std::string& name) { return std::string(VS_TEST_DATA) + "/videos/" + name; }

Log quiet_log() { return {"test", Verbosity::kQuiet, false}; }

struct Run {
  VideoSummary summary;
  std::vector<OutputFrame> frames;
  std::vector<std::size_t> sizes;
};

Run run(const ExtractOptions& options, const std::string& name) {
  Log log = quiet_log();
  Run result;
  const VideoRun videos(options, log);
  result.summary = videos.run({"id", video(name)}, [&](const OutputFrame& frame, std::span<const uint8_t> bytes) {
    result.frames.push_back(frame);
    result.sizes.push_back(bytes.size());
  });
  return result;
}

}  // namespace

TEST_CASE("all frames, in order, at one size") {
  ExtractOptions options;
  options.picture.format = FrameFormat::kRawRgb;
  const Run all = run(options, "resolution_change.ts");
  CHECK(all.summary.frames == 50);
  CHECK(all.summary.size == media::Size{320, 180});
  for (std::size_t i = 0; i < all.frames.size(); ++i) {
    CHECK(all.frames[i].index == static_cast<int64_t>(i));
    CHECK(all.frames[i].order == static_cast<int64_t>(i));
    CHECK(all.sizes[i] == 320 * 180 * 3);
  }
  CHECK(all.frames[0].time_s == doctest::Approx(0));
  CHECK(all.frames[1].time_s == doctest::Approx(0.04));
}

TEST_CASE("a frame that is wanted twice is handed out twice") {
  ExtractOptions options;
  options.picture.format = FrameFormat::kRawGray;
  options.choice.rule = ChoiceRule::kNumFrames;
  options.choice.count = 8;
  const Run some = run(options, "low_fps_1.mp4");
  std::vector<int64_t> indices, repeats;
  for (const OutputFrame& frame : some.frames) {
    indices.push_back(frame.index);
    repeats.push_back(frame.repeat);
  }
  CHECK(indices == std::vector<int64_t>{0, 0, 1, 2, 2, 3, 4, 4});
  CHECK(repeats == std::vector<int64_t>{0, 1, 0, 0, 1, 0, 0, 1});
  CHECK(some.frames.back().order == 7);
  CHECK(some.frames.back().time_s == doctest::Approx(4));
  CHECK(some.sizes[3] == 320 * 180);
}

TEST_CASE("short videos fail unless they are allowed to be") {
  ExtractOptions options;
  CHECK_THROWS_WITH_AS(
      run(options, "truncated_tail.mkv"),
      (video("truncated_tail.mkv") + ": 129 frames promised, 55 decodable (use --allow-short)").c_str(), DataError);
  options.allow_short = true;
  CHECK(run(options, "truncated_tail.mkv").summary.frames == 55);
  options.choice.rule = ChoiceRule::kNumFrames;
  options.choice.count = 3;
  CHECK(run(options, "truncated_tail.mkv").frames.back().index == 45);
}

TEST_CASE("a video of which no frame is chosen fails, and the message says why") {
  const auto fails = [](const FrameChoice& choice, const std::string& why) {
    ExtractOptions options;
    options.choice = choice;
    CHECK_THROWS_WITH_AS(run(options, "low_fps_1.mp4"), (video("low_fps_1.mp4") + ": " + why).c_str(), DataError);
  };
  FrameChoice late;
  late.start_s = 12.5;
  fails(late, "no frame at or after 12.5 s; the video ends at 5.000 s");
  late.at_least_one = true;
  fails(late, "no frame at or after 12.5 s; the video ends at 5.000 s");
  FrameChoice between;
  between.start_s = 1.25;
  between.end_s = 1.5;
  fails(between, "no frame from 1.25 s to 1.5 s");
  FrameChoice slow;
  slow.rule = ChoiceRule::kFps;
  slow.rate = {1, 100};
  fails(slow, "no frame was chosen (see --at-least-one)");
  ExtractOptions options;
  options.choice = slow;
  options.choice.at_least_one = true;
  CHECK(run(options, "low_fps_1.mp4").summary.frames == 1);
}

TEST_CASE("files that are no videos, and a sink that fails") {
  ExtractOptions options;
  CHECK_THROWS_AS(run(options, "zero_length.mp4"), DataError);
  CHECK_THROWS_AS(run(options, "not_a_video.mp4"), DataError);
  CHECK_THROWS_AS(run(options, "missing.mp4"), DataError);
  Log log = quiet_log();
  const VideoRun videos(options, log);
  CHECK_THROWS_AS(videos.run({"id", video("low_fps_1.mp4")},
                             [](const OutputFrame&, std::span<const uint8_t>) { throw RunError("disk", "is full"); }),
                  RunError);
}

}  // namespace vs::jobs
