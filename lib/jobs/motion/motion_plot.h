// The picture of a motion-guided choice: curve, equal steps, chosen frames.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/jobs/motion/motion_options.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

/// An SVG document: above the values from frame to frame (raw motion only), below the cumulative curve with a
/// horizontal line at each target, and the chosen frames as stems. frames: the first clip of the plan, 0-based.
/// A video without motion values gives axes and the one frame.
std::string draw_motion_plot(const store::VideoMotion& video, store::MotionKind kind, const std::string& method,
                             const std::string& units, const PlanOptions& plan, const std::vector<int64_t>& frames);

}  // namespace vs::jobs
