// The folder that vs-bursts writes.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::bursts {

/// Makes the data set of the command line and returns the exit code. Throws UsageError for options that do not fit
/// together or an output that is there already, RunError for a full disk, Interrupted for a signal.
///
/// truth.json is written last: a folder without it is not whole. What a killed run left under a partial name, the next
/// one removes.
int run_bursts(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::bursts
