// The options by which programs read annotation files.
#pragma once

#include <string>
#include <vector>

#include "lib/cli/option_table.h"

namespace vs::jobs {

/// The formats that --from and --to take, with what a line of each looks like.
std::vector<cli::Choice> format_choices();

/// Adds --from, --classes, --num-classes, --multi-class, --with-offset, --delimiter, --level, --unlabelled and
/// --drop-short under `group`. read_annot_reading() takes them.
void add_reading_options(cli::OptionTable& table, const std::string& group = "Reading");

}  // namespace vs::jobs
