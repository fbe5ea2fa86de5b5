// Options of vs-eval.
#pragma once

#include "lib/cli/option_table.h"

namespace vs::evaluate {

cli::OptionTable eval_option_table();

}  // namespace vs::evaluate
