// Texts made from an option table: help, man page, completions, usage as JSON.
#pragma once

#include <string>

#include "lib/cli/option_table.h"

namespace vs::cli {

/// -h: one line an option, at most 80 columns. Ends with a line feed, as all of these do.
std::string short_help(const OptionTable& table);
/// --help: everything, at most 80 columns (examples are not wrapped).
std::string long_help(const OptionTable& table);
/// The page in mdoc; `version` and `date` ("2026-01-31") go into its frame. Of the program's table only.
std::string man_page(const OptionTable& table, const std::string& version, const std::string& date);
/// Completion for bash 4 and later; no other package is needed.
std::string bash_completion(const OptionTable& table);
/// Completion function for zsh (file _vs-x).
std::string zsh_completion(const OptionTable& table);
/// Completion for fish 3.
std::string fish_completion(const OptionTable& table);
/// The table as one JSON document (`vs.usage/1`).
std::string usage_json(const OptionTable& table, const std::string& version);

}  // namespace vs::cli
