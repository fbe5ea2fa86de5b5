// Options of vs-distill.
#pragma once

#include "lib/cli/option_table.h"

namespace vs::train {

cli::OptionTable distill_option_table();

}  // namespace vs::train
