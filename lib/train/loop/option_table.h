// Options of vs-train.
#pragma once

#include "lib/cli/option_table.h"

namespace vs::train {

cli::OptionTable train_option_table();

}  // namespace vs::train
