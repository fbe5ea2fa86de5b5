#include "lib/jobs/motion/motion_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/sampling/motion_curve.h"
#include "lib/sampling/motion_guided.h"

namespace vs::jobs {
namespace {

using Clips = std::vector<std::vector<int64_t>>;

std::string as_json(const std::string& text) { return nlohmann::json(text).dump(); }

// Lists of `segments` frames, one after the other, as lists.
Clips split_clips(const std::vector<int64_t>& frames, int64_t segments) {
  Clips clips;
  for (auto at = frames.begin(); at != frames.end(); at += segments) clips.emplace_back(at, at + segments);
  return clips;
}

}  // namespace

std::vector<double> curve_of(const store::VideoMotion& video, store::MotionKind kind, double exponent) {
  return kind == store::MotionKind::kCurve ? video.motion : sampling::motion_curve(video.motion, exponent);
}

Clips plan_frames(const store::VideoMotion& video, store::MotionKind kind, const PlanOptions& options) {
  if (options.windowed() && kind == store::MotionKind::kCurve) {
    throw DataError(video.video_id, "a cumulative curve has no windows", "use raw motion, or --rule test or train");
  }
  const int64_t segments = options.num_segments;
  ItemRandom random(options.seed, options.epoch, video.video_id);
  const sampling::GuidedWindow window{options.window, segments, options.exponent};
  Clips clips;
  switch (options.rule) {
    case PlanRule::kTest:
      clips = split_clips(
          sampling::curve_test_frames(curve_of(video, kind, options.exponent), segments, options.num_clips), segments);
      break;
    case PlanRule::kTrain: {
      const std::vector<double> curve = curve_of(video, kind, options.exponent);
      for (int64_t clip = 0; clip < options.num_clips; ++clip) {
        clips.push_back(sampling::curve_train_frames(curve, segments, random));
      }
      break;
    }
    case PlanRule::kWindowTest:
      clips = split_clips(sampling::guided_window_test_frames(video.motion, options.num_clips, window), segments);
      break;
    case PlanRule::kWindowTrain:
      for (int64_t clip = 0; clip < options.num_clips; ++clip) {
        clips.push_back(sampling::guided_window_train_frames(video.motion, random, window));
      }
      break;
  }
  // A motion file may say that the video has fewer frames than its values suggest; a plan stays inside the video.
  for (auto& clip : clips) {
    for (int64_t& frame : clip) frame = std::min(frame, std::max<int64_t>(video.num_frames, 1) - 1);
  }
  return clips;
}

store::SamplingPlan empty_plan(const std::string& method, const PlanOptions& options) {
  store::SamplingPlan plan;
  plan.rule = plan_rule_name(options.rule);
  if (options.draws()) plan.seed = options.seed;
  plan.parameters = {{"num_segments", fmt::format("{}", options.num_segments)},
                     {"num_clips", fmt::format("{}", options.num_clips)},
                     {"exponent", nlohmann::json(options.exponent).dump()},
                     {"method", as_json(method)}};
  if (options.windowed()) plan.parameters.emplace_back("window", fmt::format("{}", options.window));
  if (options.draws()) plan.parameters.emplace_back("epoch", fmt::format("{}", options.epoch));
  return plan;
}

store::VideoPlan plan_of_video(const store::VideoMotion& video, const std::string& path, store::MotionKind kind,
                               const PlanOptions& options) {
  store::VideoPlan plan;
  plan.id = video.video_id;
  plan.path = path;
  plan.total_frames = std::max<int64_t>(video.num_frames, 1);
  plan.frame_index = plan_frames(video, kind, options);
  return plan;
}

}  // namespace vs::jobs
