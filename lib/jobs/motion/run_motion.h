// What vs-motion does.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::jobs {

/// Measures or reads motion and writes what was asked for. Returns the exit code; throws vs::Error.
int run_motion(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::jobs
