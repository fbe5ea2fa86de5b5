// The run of vs-eval: annotated videos through a recipe's system to a score file, and its metrics.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::evaluate {

/// Scores videos, writes what was asked for and prints the metrics. Returns the exit code; throws vs::Error.
int run_evaluation(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::evaluate
