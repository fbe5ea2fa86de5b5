// What vs-train does: from options to a folder with a trained network.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"
#include "lib/train/loop/companion.h"

namespace vs::train {

/// Trains, or prints what was asked for. Returns the exit code; throws vs::Error.
int run_training(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
/// The same with what another program lays over it.
int run_training_with(Companion& companion, const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::train
