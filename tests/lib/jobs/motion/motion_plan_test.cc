#include "lib/jobs/motion/motion_plan.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

using store::MotionKind;

store::VideoMotion video(std::vector<double> motion, const std::string& id = "a") {
  store::VideoMotion result;
  result.video_id = id;
  result.num_frames = static_cast<int64_t>(motion.size()) + 1;
  result.motion = std::move(motion);
  return result;
}

PlanOptions plan(int64_t segments, PlanRule rule = PlanRule::kTest) {
  PlanOptions options;
  options.num_segments = segments;
  options.rule = rule;
  return options;
}

TEST_CASE("equal motion: the middles of equal steps, the first frame of each pair") {
  const auto clips = plan_frames(video(std::vector<double>(8, 0.3)), MotionKind::kRaw, plan(4));
  // Curve 1/8 .. 1; targets 1/8, 3/8, 5/8, 7/8.
  CHECK(clips == std::vector<std::vector<int64_t>>{{0, 2, 4, 6}});
}

TEST_CASE("a curve is taken as it is") {
  const auto clips = plan_frames(video({0.1, 0.9, 1.0}), MotionKind::kCurve, plan(2));
  CHECK(clips == std::vector<std::vector<int64_t>>{{0, 1}});  // targets 0.25, 0.75
  CHECK_THROWS_AS(plan_frames(video({0.1, 1.0}), MotionKind::kCurve, plan(2, PlanRule::kWindowTest)), DataError);
}

TEST_CASE("edge cases: one frame, no motion, fewer frames than segments") {
  CHECK(plan_frames(video({}), MotionKind::kRaw, plan(3)) == std::vector<std::vector<int64_t>>{{0, 0, 0}});
  CHECK(plan_frames(video({0, 0, 0, 0}), MotionKind::kRaw, plan(3)) == std::vector<std::vector<int64_t>>{{0, 0, 0}});
  const auto few = plan_frames(video({1, 1}), MotionKind::kRaw, plan(6)).front();
  CHECK(few.size() == 6);
  CHECK(std::is_sorted(few.begin(), few.end()));
  CHECK(few.back() <= 1);
  CHECK(plan_frames(video({}), MotionKind::kRaw, plan(2, PlanRule::kWindowTest)).front() == std::vector<int64_t>{0, 0});
}

TEST_CASE("several clips") {
  PlanOptions options = plan(4);
  options.num_clips = 3;
  const auto clips = plan_frames(video(std::vector<double>(120, 1.0)), MotionKind::kRaw, options);
  REQUIRE(clips.size() == 3);
  CHECK(clips[0].front() < clips[1].front());
  CHECK(clips[1] == plan_frames(video(std::vector<double>(120, 1.0)), MotionKind::kRaw, plan(4)).front());
  options.rule = PlanRule::kWindowTest;
  const auto windows = plan_frames(video(std::vector<double>(200, 1.0)), MotionKind::kRaw, options);
  REQUIRE(windows.size() == 3);
  for (const auto& clip : windows) {
    CHECK(clip.size() == 4);
    CHECK(clip.back() - clip.front() < 64);
  }
}

TEST_CASE("draws depend on seed, epoch and video, on nothing else") {
  const std::vector<double> motion(300, 1.0);
  PlanOptions options = plan(8, PlanRule::kTrain);
  const auto first = plan_frames(video(motion), MotionKind::kRaw, options);
  CHECK(plan_frames(video(motion), MotionKind::kRaw, options) == first);
  CHECK(plan_frames(video(motion, "b"), MotionKind::kRaw, options) != first);
  options.seed = 1;
  const auto other = plan_frames(video(motion), MotionKind::kRaw, options);
  CHECK(other != first);
  options.epoch = 1;
  CHECK(plan_frames(video(motion), MotionKind::kRaw, options) != other);
  for (std::size_t k = 0; k < 8; ++k) {
    const double share = static_cast<double>(first.front()[k] + 1) / 300;
    CHECK(share >= static_cast<double>(k) / 8 - 0.01);
    CHECK(share <= static_cast<double>(k + 1) / 8 + 0.01);
  }
}

TEST_CASE("what a plan says about itself") {
  PlanOptions options = plan(8, PlanRule::kWindowTrain);
  options.seed = 9;
  const auto drawn = empty_plan("ssim", options);
  CHECK(drawn.rule == "mg-window-train");
  CHECK(drawn.seed == 9);
  const auto fixed = empty_plan("ssim", plan(8));
  CHECK(!fixed.seed);
  const auto entry = plan_of_video(video({1, 1}), "a.mp4", MotionKind::kRaw, plan(2));
  CHECK(entry.total_frames == 3);
  CHECK(entry.path == "a.mp4");
  // A file that promises fewer frames than it has values must not lead outside the video.
  store::VideoMotion lying = video({1, 1, 1, 1, 1, 1});
  lying.num_frames = 2;
  const auto inside = plan_of_video(lying, "", MotionKind::kRaw, plan(4));
  for (const int64_t frame : inside.frame_index.front()) CHECK(frame < 2);
}

}  // namespace
}  // namespace vs::jobs
