// Cuts a command line into options and words. Says nothing about the values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/cli/option_table.h"

namespace vs::cli {

/// One occurrence of an option.
struct Token {
  const Option::Row* row = nullptr;
  std::string name;                  ///< as written: the name or an old one
  std::optional<std::string> value;  ///< nothing for a flag, and for a bare option with an implied value
};

struct Tokens {
  std::vector<Token> options;      ///< in order
  std::vector<std::string> words;  ///< all that is no option, in order
};

/// Throws UsageError for an unknown option, a flag with a value, and a missing value; a word that is an option of
/// the table is not taken as a value (`--output --force`).
Tokens tokenize(const OptionTable& table, const std::vector<std::string>& arguments);

/// Index of the first word that is no option and no option's value: the subcommand; arguments.size() if there is none.
size_t find_first_word(const OptionTable& table, const std::vector<std::string>& arguments);

}  // namespace vs::cli
