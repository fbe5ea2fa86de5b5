// vs-extract: from options to exit code.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::jobs {

/// Reads the options and does what they ask for: frames, --dry-run or --probe. Returns the exit code.
int run_extract(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::jobs
