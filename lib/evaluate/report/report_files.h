// `vs-eval report`: score files of several systems as one document.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::evaluate {

/// Reads all score files, puts them where the outline wants them, and writes HTML or Markdown with a manifest beside
/// it, or prints Markdown (with --json `vs.report/1`). Returns the exit code, throws vs::Error.
int report_files(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::evaluate
