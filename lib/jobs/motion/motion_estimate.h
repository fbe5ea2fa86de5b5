// What a run of vs-motion would do.
#pragma once

#include <vector>

#include "lib/core/log.h"
#include "lib/jobs/inputs/estimate.h"
#include "lib/jobs/motion/motion_options.h"
#include "lib/jobs/motion/motion_source.h"

namespace vs::jobs {

/// Counts the frames of every item, by packets where they tell and by the header otherwise; nothing is decoded. Bad
/// videos are reported and counted. Bytes are those of the values, 8 a value, so that HDF5 takes less. The estimate is
/// never exact with flow images, of which none is made.
Estimate estimate_motion(const MotionOptions& options, const MotionSource& source,
                         const std::vector<store::Item>& items, Log& log);

}  // namespace vs::jobs
