// What vs-eval does.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::evaluate {

/// Runs the subcommand that was asked for. Returns the exit code; throws vs::Error.
int evaluate(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::evaluate
