// From motion values to chosen frames.
#pragma once

#include <string>
#include <vector>

#include "lib/jobs/motion/motion_options.h"
#include "lib/store/motion_file.h"
#include "lib/store/plan_file.h"

namespace vs::jobs {

/// The chosen frames of one video, clips of `num_segments` frames each, 0-based. A rule that draws has its own stream
/// of random numbers for each video, from (seed, epoch, id). kind: whether the values are raw motion or a curve. Throws
/// DataError for a curve with a window rule, or bad values.
std::vector<std::vector<int64_t>> plan_frames(const store::VideoMotion& video, store::MotionKind kind,
                                              const PlanOptions& options);

/// A plan without videos: rule, seed and parameters.
store::SamplingPlan empty_plan(const std::string& method, const PlanOptions& options);
/// One video's entry. path may be empty where it is not known.
store::VideoPlan plan_of_video(const store::VideoMotion& video, const std::string& path, store::MotionKind kind,
                               const PlanOptions& options);

/// The curve of a video: cumulative motion, or the values themselves if they are one.
std::vector<double> curve_of(const store::VideoMotion& video, store::MotionKind kind, double exponent);

}  // namespace vs::jobs
