// Recipes that vs-eval can run, for people.
#pragma once

#include "lib/cli/program.h"

namespace vs::evaluate {

/// Prints the recipes that have a data pipeline: name and title, or a document. Returns the exit code.
int list_recipes(const cli::ProgramContext& context);

}  // namespace vs::evaluate
