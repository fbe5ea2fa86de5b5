// Options of vs-train, and of programs that train otherwise.
#pragma once

#include <functional>

#include "lib/cli/option_table.h"

namespace vs::train {

cli::OptionTable train_option_table();

/// All of them but the name, the summary, what a recipe is, examples and files. add_own: adds groups behind that of the
/// recipe.
void add_training_options(cli::OptionTable& table, const std::function<void(cli::OptionTable&)>& add_own = {});

}  // namespace vs::train
