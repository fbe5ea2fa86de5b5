// The pictures that --plot and --sheet ask for.
#pragma once

#include "lib/jobs/motion/motion_options.h"
#include "lib/jobs/motion/open_item.h"
#include "lib/store/item_run.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

/// Writes options.plot: SVG of motion, curve and chosen frames (lib/jobs/motion/motion_plot.h).
void write_motion_plot(const store::VideoMotion& video, const store::MotionInfo& info, const MotionOptions& options);

/// Writes options.sheet: PNG of the chosen frames above as many from the middles of equal parts of the video.
void write_motion_sheet(const store::VideoMotion& video, const store::MotionInfo& info, const store::Item& item,
                        const MotionOptions& options, const ItemOpener& opener);

}  // namespace vs::jobs
