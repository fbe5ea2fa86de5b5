// What vs-flops does.
#pragma once

#include "lib/cli/program.h"

namespace vs::flops {

/// Exit code 1 where a published figure is not met, or a video cannot be decoded; errors are thrown.
int run_flops(const cli::ParsedOptions& options, cli::ProgramContext& context);

}  // namespace vs::flops
