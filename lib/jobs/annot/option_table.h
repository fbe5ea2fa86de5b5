// The options of vs-annot.
#pragma once

#include "lib/cli/option_table.h"

namespace vs::jobs {

cli::OptionTable annot_option_table();

}  // namespace vs::jobs
