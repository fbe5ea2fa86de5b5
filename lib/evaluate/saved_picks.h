// The frames that a system looked at, as a plan that other programs read.
#pragma once

#include <string>

#include "lib/data/dataset.h"

namespace vs::evaluate {

/// Writes the frames of a score file as `vs.plan/1`: one list a clip that had frames of its own, in display order, each
/// frame once, as `vs-extract --at` takes it. Paths are those of the dataset. Throws DataError for a score file without
/// picks.
void write_picks(const std::string& scores, const std::string& plan, const data::Dataset& data);

}  // namespace vs::evaluate
