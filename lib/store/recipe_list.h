// The recipes of share/recipes, for people.
#pragma once

#include <string>

#include "lib/cli/program.h"

namespace vs::store {

/// Prints name and title of the recipes that have such a section ("data", "train"; empty: all), or `vs.recipes/1` with
/// --json. Returns the exit code.
int list_recipes(const cli::ProgramContext& context, const std::string& section = {});

}  // namespace vs::store
