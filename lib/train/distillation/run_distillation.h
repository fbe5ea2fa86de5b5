// What vs-distill does: a run of vs-train with a teacher beside it.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::train {

/// Trains a student, or prints what was asked for. Returns the exit code; throws vs::Error.
int run_distillation(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::train
