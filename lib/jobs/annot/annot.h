// vs-annot: what its subcommands do.
#pragma once

#include "lib/cli/program.h"

namespace vs::jobs {

/// Runs the subcommand that was asked for; returns the exit code. Throws what a program may throw (see
/// lib/core/error.h).
int run_annot(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

/// One function a subcommand.
int run_annot_convert(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
int run_annot_check(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
int run_annot_filter(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
int run_annot_split(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
int run_annot_merge(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
int run_annot_stats(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
int run_annot_trace(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::jobs
