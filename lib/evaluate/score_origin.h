// What the manifest beside a score file says of the run that made it.
#pragma once

#include <string>
#include <vector>

#include "lib/evaluate/score_set.h"

namespace vs::evaluate {

/// The name of the recipe, else that of the file.
std::string experiment_name(const ScoreSet& set);

/// Seconds a video took in the run that wrote the scores: wall time over videos. NaN where no manifest lies beside the
/// file, or where the scores come from other scores and no network ran. Throws DataError for a damaged manifest.
double seconds_per_video(const std::string& path);

/// SHA-256 of the weights behind a score file, in the command's order; behind scores that were made from other scores
/// those of these, where they are still there. Empty where no manifest tells. Throws DataError for a damaged manifest.
std::vector<std::string> weights_behind(const std::string& path);

}  // namespace vs::evaluate
