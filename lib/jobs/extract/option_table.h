// The options of vs-extract.
#pragma once

#include "lib/cli/option_table.h"

namespace vs::jobs {

cli::OptionTable extract_option_table();

}  // namespace vs::jobs
