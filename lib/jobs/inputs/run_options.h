// What the programs over videos take from the command line beside their inputs: one rule for all of them.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/cli/shard.h"

namespace vs::jobs {

/// How a run goes over its items.
struct RunOptions {
  int jobs = 0;  ///< 0: all cores
  bool dry_run = false, force = false, strict = false;
  std::string failed, depfile;  ///< empty: not asked for
  cli::Shard shard;
  std::vector<std::string> command;  ///< the command line, program first
};

/// --allow-short.
void add_allow_short(cli::OptionTable& table);

/// The end of a table: cli::add_item_options() without the options in `without`, --output being `output_help` or "-"
/// for standard output, then cli::add_common_options() and the libraries that frames and files are written with.
void add_run_options(cli::OptionTable& table, const std::string& output_help,
                     std::initializer_list<std::string_view> without = {});

/// What add_run_options() took.
RunOptions read_run_options(const cli::ParsedOptions& parsed);

}  // namespace vs::jobs
