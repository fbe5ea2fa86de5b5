// Options of vs-flops.
#pragma once

#include "lib/cli/option_table.h"

namespace vs::flops {

cli::OptionTable flops_option_table();

}  // namespace vs::flops
