// Early exit from saved scores: accuracy against cost for any budget, without the network.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::evaluate {

/// `vs-eval exit TEST --train TRAIN`: budgeted and anytime curves of a score file that kept the logits of its stages.
/// Returns the exit code; throws vs::Error.
int exit_curves(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::evaluate
