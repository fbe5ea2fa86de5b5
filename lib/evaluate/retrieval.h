// Retrieval from saved embeddings: how well each query's videos are found in a database.
#pragma once

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::evaluate {

/// `vs-eval retrieve --queries Q.h5 --database D.h5 --relevant FIVR.json`: mean average precision of the tasks DSVR,
/// CSVR and ISVR of FIVR-200K over embeddings of clips. Returns the exit code; throws vs::Error.
int retrieve(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::evaluate
