// Completion for fish.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "lib/cli/pages.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

/// A word of fish: in single quotes only the quote and the backslash are special.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

/// The arguments of one option or operand: words with meanings, files or nothing.
std::string arguments(Kind kind, const std::vector<Choice>& choices, bool folder) {
  switch (kind) {
    case Kind::kChoice: {
      // -a is read by fish once more: a word and its meaning are joined by a tab, and each pair is quoted inside.
      std::string list;
      for (const Choice& choice : choices) {
        if (!list.empty()) list += ' ';
        list += choice.help.empty() ? choice.value : choice.value + "\\t" + quoted(choice.help);
      }
      return " -f -a " + quoted(list);
    }
    case Kind::kShard:
      return " -f -a auto";
    case Kind::kInputPath:
    case Kind::kOutputPath:
      return folder ? " -f -a '(__fish_complete_directories)'" : " -F";
    default:
      return " -f";
  }
}

std::string option_line(const std::string& start, const Option::Row& row) {
  std::string line = start;
  if (row.letter) line += fmt::format(" -s {}", row.letter);
  line += " -l " + row.name;
  if (row.takes_next_word()) line += " -r";
  if (row.takes_value()) line += arguments(row.kind, row.choices, row.folder);
  return line + " -d " + quoted(row.help) + "\n";
}

std::string operand_lines(const std::string& start, const OptionTable& table) {
  std::string text;
  for (const Positional& one : table.positionals()) {
    text += start + arguments(one.kind, one.choices, one.folder) + " -d " + quoted(one.metavar) + "\n";
  }
  return text;
}

}  // namespace

std::string fish_completion(const OptionTable& table) {
  const std::string start = "complete -c " + table.program();
  std::string text = fmt::format("# fish completion for {}, made from its option table.\n", table.program());
  text += start + " -f\n";
  for (const Option& option : table.options()) {
    if (!option.row().hidden) text += option_line(start, option.row());
  }
  text += operand_lines(start, table);
  for (const auto& child : table.subcommands()) {
    text += fmt::format("{} -n __fish_use_subcommand -f -a {} -d {}\n", start, child->subcommand_name(),
                        quoted(child->summary()));
    std::string seen = "__fish_seen_subcommand_from " + child->subcommand_name();
    if (child->is_default_subcommand()) seen += "; or __fish_use_subcommand";
    const std::string condition = fmt::format("{} -n {}", start, quoted(seen));
    for (const Option& option : child->options()) {
      if (!option.row().hidden) text += option_line(condition, option.row());
    }
    text += operand_lines(condition, *child);
  }
  return text;
}

}  // namespace vs::cli
