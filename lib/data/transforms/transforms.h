// The steps that move pixels, by the names that they have in mmaction2 and AdaFocusV2.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/data/transforms/course.h"
#include "lib/data/transforms/step_options.h"

namespace vs::data {

/// Names of all of them.
///
/// mmaction2: Resize, RandomRescale, RandomCrop, RandomResizedCrop, MultiScaleCrop, CenterCrop, ThreeCrop, TenCrop,
/// Flip. AdaFocusV2 (Pillow's resize): GroupScale, GroupCenterCrop, GroupMultiScaleCrop, GroupRandomHorizontalFlip.
std::vector<std::string> transform_names();

/// The transform of this type, null if the type is none of them. Reads every key that it knows; the caller calls
/// finish(). Throws UsageError for bad values.
std::unique_ptr<Transform> make_transform(StepOptions& options);

/// The frame's label after a mirror: `swaps` holds pairs (from, to); labels that are not listed stay.
int64_t mirrored_label(int64_t label, const std::vector<std::pair<int64_t, int64_t>>& swaps);

}  // namespace vs::data
