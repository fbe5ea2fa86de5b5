// Writing scores that were made from scores.
#pragma once

#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"
#include "lib/evaluate/score_set.h"

namespace vs::evaluate {

/// Writes a set as `vs.scores/1`, a row a video, with its manifest, whose inputs are `inputs`. Throws UsageError if
/// there is a file and `force` is not set, or if it is one of the inputs.
void write_score_set(const std::string& path, const ScoreSet& scores, const cli::ParsedOptions& parsed,
                     const std::vector<std::string>& inputs, bool force);

}  // namespace vs::evaluate
