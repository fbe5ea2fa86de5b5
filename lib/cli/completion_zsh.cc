// Completion for zsh.
#include <fmt/format.h>

#include <cctype>
#include <string>
#include <vector>

#include "lib/cli/pages.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

std::string function_name(const OptionTable& table) {
  std::string name = "_" + table.program();
  if (!table.subcommand_name().empty()) name += "_" + table.subcommand_name();
  return name;
}

/// For the inside of single quotes within a spec: the spec's own characters first, then the quote.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result;
}

/// Words inside ((word\:meaning)), which zsh evaluates once more: every character that is not plain gets a backslash.
std::string choice_words(const std::vector<Choice>& choices) {
  const auto plain = [](const std::string& text) {
    std::string result;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80 && !std::isalnum(byte) && c != '-' && c != '_') result += '\\';
      result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result;
  };
  std::string words;
  for (const Choice& choice : choices) {
    if (!words.empty()) words += ' ';
    words += plain(choice.value);
    if (!choice.help.empty()) words += "\\:" + plain(choice.help);
  }
  return "((" + words + "))";
}

std::string action(Kind kind, const std::vector<Choice>& choices, bool folder,
                   const std::vector<std::string>& suffixes) {
  switch (kind) {
    case Kind::kChoice:
      return choice_words(choices);
    case Kind::kShard:
      return "(auto)";
    case Kind::kInputPath:
    case Kind::kOutputPath:
      if (folder) return "_files -/";
      return suffixes.empty() ? "_files" : fmt::format("_files -g \"*.({})\"", join(suffixes, "|"));
    default:
      return " ";
  }
}

std::string option_spec(const Option::Row& row) {
  std::string others = fmt::format("{}--{}", row.letter ? fmt::format("-{} ", row.letter) : "", row.name);
  for (const std::string& conflict : row.conflicts) others += " --" + conflict;
  const std::string start = row.repeatable ? "'*'" : fmt::format("'({})'", others);
  std::string value;
  if (row.takes_value()) {
    value = fmt::format("{}{}:{}", row.implied ? "::" : ":", escaped(row.metavar),
                        action(row.kind, row.choices, row.folder, row.suffixes));
  }
  const std::string equals = row.implied ? "=-" : (row.takes_value() ? "=" : "");
  const std::string help = fmt::format("[{}]", escaped(row.help));
  if (!row.letter) return fmt::format("{}'--{}{}{}{}'", start, row.name, equals, help, value);
  return fmt::format("{}{{-{}{},--{}{}}}'{}{}'", start, row.letter, row.takes_value() ? "+" : "", row.name, equals,
                     help, value);
}

std::string positional_specs(const OptionTable& table) {
  std::string text;
  for (const Positional& one : table.positionals()) {
    const std::string what =
        fmt::format("{}:{}", escaped(one.metavar), action(one.kind, one.choices, one.folder, one.suffixes));
    if (one.max_count == Positional::kAnyNumber) {
      text += fmt::format(" \\\n    '*:{}'", what);
    } else {
      for (int64_t k = 0; k < one.max_count; ++k) {
        text += fmt::format(" \\\n    '{}{}'", k < one.min_count ? ":" : "::", what);
      }
    }
  }
  return text;
}

std::string option_specs(const OptionTable& table) {
  std::string text;
  for (const Option::Row* row : table.all_rows()) {
    if (!row->hidden) text += " \\\n    " + option_spec(*row);
  }
  return text;
}

std::string plain_function(const OptionTable& table) {
  return fmt::format("{}() {{\n  _arguments -s -S{}{}\n}}\n\n", function_name(table), option_specs(table),
                     positional_specs(table));
}

std::string program_with_subcommands(const OptionTable& table) {
  std::string text;
  std::vector<Choice> names;
  for (const auto& child : table.subcommands()) {
    text += plain_function(*child);
    names.emplace_back(child->subcommand_name(), child->summary());
  }
  text += fmt::format(
      "{}() {{\n  local context state state_descr line\n  typeset -A opt_args\n  _arguments -s -S -C{} \\\n"
      "    '1:subcommand:{}' \\\n    '*::operand:->operands'\n  [[ $state == operands ]] || return\n  case $words[1] "
      "in\n",
      function_name(table), option_specs(table.default_subcommand() ? *table.default_subcommand() : table),
      choice_words(names));
  for (const auto& child : table.subcommands()) {
    text += fmt::format("    {}) {} ;;\n", child->subcommand_name(), function_name(*child));
  }
  return text + "  esac\n}\n\n";
}

}  // namespace

std::string zsh_completion(const OptionTable& table) {
  std::string text = fmt::format("#compdef {}\n# zsh completion for {}, made from its option table.\n\n",
                                 table.program(), table.program());
  text += table.subcommands().empty() ? plain_function(table) : program_with_subcommands(table);
  return text + fmt::format("{} \"$@\"\n", function_name(table));
}

}  // namespace vs::cli
