// The options of vs-motion.
#pragma once

#include "lib/cli/option_table.h"

namespace vs::jobs {

cli::OptionTable motion_option_table();

}  // namespace vs::jobs
