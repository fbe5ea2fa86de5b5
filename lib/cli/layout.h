// What all pages share: labels of options, facts in words, line breaking.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/cli/option_table.h"

namespace vs::cli {

/// Breaks at blanks so that no line is wider than `columns` characters (a longer word stands alone). Lines after the
/// first begin with `indent` blanks; the first is taken to begin at column `used`. No line feed at the end.
std::string wrapped(std::string_view text, size_t columns, size_t indent, size_t used);

/// "-j, --jobs N", "    --color[=WHEN]".
std::string option_label(const Option::Row& row);
/// "VIDEO...", "[VIDEO]", "[VIDEO...]".
std::string positional_label(const Positional& positional);
/// "vs-motion [OPTION]... VIDEO..." without "usage:".
std::string usage_line(const OptionTable& table);

/// What is worth knowing beside the help: "one of a, b", "at least 1", "default: 4", "may be repeated", "needs --x".
/// Sentences without full stop, in this order. With `with_choices` false the words of a choice are left out.
std::vector<std::string> option_facts(const Option::Row& row, bool with_choices);

/// "Works on N items at once" from "works on N items at once", with a full stop.
std::string sentence(std::string_view text);

/// Rows that are shown, by heading in the order of the table.
struct RowGroup {
  std::string heading;
  std::vector<const Option::Row*> rows;
};
/// The table's own rows only.
std::vector<RowGroup> own_groups(const OptionTable& table);
/// Own rows, then those shared by the program.
std::vector<RowGroup> all_groups(const OptionTable& table);

/// Environment variables of all options of the table and its subcommands, then the table's own; name and what it does.
std::vector<std::pair<std::string, std::string>> variables_in_words(const OptionTable& table);

/// The words of a choice with this between them.
std::string choice_values(const std::vector<Choice>& choices, std::string_view separator);

/// Characters of UTF-8 text.
size_t character_count(std::string_view text);

}  // namespace vs::cli
