// What a pipeline does to the frames of one sample, where that is no more than resizes, windows, mirrors and
// normalising: so that it can be done in one step where the frames were decoded, on a GPU.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/data/transforms/course.h"
#include "lib/data/transforms/layout.h"
#include "lib/data/transforms/normalize.h"
#include "lib/media/device_pictures.h"
#include "lib/sampling/geometry.h"

namespace vs::data {

/// The plan of courses, each for `groups` pictures, one after the other, and of what comes after them, as
/// PipelineSample has them. Rules of normalising differ from a plan's in the last bits. Nothing where there is more to
/// it: flow, other resizes or a third one, a mirror before a resize or upside down, or frames that are left black.
std::optional<media::PicturePlan> picture_plan(const std::vector<Course>& courses, const std::vector<int64_t>& groups,
                                               sampling::Size source, const Normalize& normalize, const Layout& layout,
                                               const FrameCounts& counts);

}  // namespace vs::data
