// Motion for pipelines that sample by it: from a file, or measured as the videos come.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "lib/data/motion_source.h"
#include "lib/evaluate/data_options.h"

namespace vs::evaluate {

/// What a pipeline needs: null for one that does not sample by motion.
///
/// steps: the pipeline. Throws UsageError where motion is needed and neither --motion nor --motion-method is given, or
/// given and of no use; DataError for a motion file that lacks videos of the dataset.
std::unique_ptr<data::MotionProvider> motion_for(const nlohmann::ordered_json& steps, const DataOptions& options,
                                                 const data::Dataset& data);

}  // namespace vs::evaluate
