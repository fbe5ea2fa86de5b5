// -h and --help.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "lib/cli/layout.h"
#include "lib/cli/pages.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kHelpColumn = 26;

/// A label at column 2 and its text at the help column, below the label if that is too long.
std::string entry(const std::string& label, const std::string& text) {
  std::string line = "  " + label;
  if (character_count(line) + 2 > kHelpColumn) {
    line += "\n" + std::string(kHelpColumn, ' ');
  } else {
    line += std::string(kHelpColumn - character_count(line), ' ');
  }
  return line + wrapped(text, kColumns, kHelpColumn, kHelpColumn) + "\n";
}

std::string paragraph(const std::string& text, size_t indent) {
  return std::string(indent, ' ') + wrapped(text, kColumns, indent, indent) + "\n";
}

std::string usage(const OptionTable& table) { return wrapped("usage: " + usage_line(table), kColumns, 9, 0) + "\n"; }

std::string facts_in_brackets(const Option::Row& row, bool with_choices) {
  const auto facts = option_facts(row, with_choices);
  return facts.empty() ? "" : " (" + join(facts, "; ") + ")";
}

std::string short_groups(const std::vector<RowGroup>& groups) {
  std::string text;
  for (const RowGroup& group : groups) {
    text += "\n" + group.heading + ":\n";
    for (const Option::Row* row : group.rows)
      text += entry(option_label(*row), row->help + facts_in_brackets(*row, true));
  }
  return text;
}

std::string choice_lines(const std::vector<Choice>& choices) {
  size_t widest = 0;
  for (const Choice& choice : choices) widest = std::max(widest, character_count(choice.value));
  const size_t indent = kHelpColumn + 2;
  const size_t column = indent + std::min<size_t>(widest, 16) + 2;
  std::string text;
  for (const Choice& choice : choices) {
    std::string line = std::string(indent, ' ') + choice.value;
    if (!choice.help.empty()) {
      const size_t used = character_count(line);
      line += std::string(used + 2 <= column ? column - used : 2, ' ');
      line += wrapped(choice.help, kColumns, column, character_count(line));
    }
    text += line + "\n";
  }
  return text;
}

bool explains_choices(const Option::Row& row) {
  return std::any_of(row.choices.begin(), row.choices.end(), [](const Choice& choice) { return !choice.help.empty(); });
}

std::string long_groups(const std::vector<RowGroup>& groups) {
  std::string text;
  for (const RowGroup& group : groups) {
    text += "\n" + group.heading + ":\n";
    for (const Option::Row* row : group.rows) {
      const bool listed = explains_choices(*row);
      text += entry(option_label(*row), row->help + facts_in_brackets(*row, !listed));
      if (listed) text += choice_lines(row->choices);
      if (!row->details.empty()) text += paragraph(row->details, kHelpColumn);
    }
  }
  return text;
}

std::string operands(const OptionTable& table, bool with_details) {
  if (table.positionals().empty()) return {};
  std::string text = "\nOperands:\n";
  for (const Positional& positional : table.positionals()) {
    std::string help = positional.help;
    if (!positional.choices.empty() && !with_details) help += " (" + choice_values(positional.choices, ", ") + ")";
    text += entry(positional_label(positional), help);
    if (with_details && !positional.choices.empty()) text += choice_lines(positional.choices);
    if (with_details && !positional.details.empty()) text += paragraph(positional.details, kHelpColumn);
  }
  return text;
}

std::string subcommand_list(const OptionTable& table) {
  if (table.subcommands().empty()) return {};
  std::string text = "\nSubcommands:\n";
  for (const auto& child : table.subcommands()) {
    const std::string note = child->is_default_subcommand() ? " (its name may be left out)" : "";
    text += entry(child->subcommand_name(), child->summary() + note);
  }
  return text;
}

std::string examples(const OptionTable& table) {
  std::string text;
  for (const auto& example : table.examples()) {
    text += paragraph(sentence(example.what), 2) + "      " + example.command + "\n";
  }
  return text;
}

}  // namespace

std::string short_help(const OptionTable& table) {
  std::string text = usage(table) + paragraph(sentence(table.summary()), 0);
  text += subcommand_list(table) + operands(table, false) + short_groups(all_groups(table));
  text += fmt::format("\nMore: {} --help\n", table.full_name());
  return text;
}

std::string long_help(const OptionTable& table) {
  std::string text = usage(table) + paragraph(sentence(table.summary()), 0);
  for (const std::string& one : table.paragraphs()) text += "\n" + paragraph(one, 0);
  text += subcommand_list(table) + operands(table, true);
  for (const auto& child : table.subcommands()) {
    text += "\n" + usage(*child);
    for (const std::string& one : child->paragraphs()) text += paragraph(one, 2);
    text += operands(*child, true) + long_groups(own_groups(*child));
  }
  text += long_groups(all_groups(table));
  for (const auto& section : table.sections()) {
    text += "\n" + section.heading + ":\n";
    for (const std::string& one : section.paragraphs) text += paragraph(one, 2);
  }
  if (const auto variables = variables_in_words(table); !variables.empty()) {
    text += "\nEnvironment:\n";
    for (const auto& [name, what] : variables) text += entry(name, what);
  }
  std::string shown = examples(table);
  for (const auto& child : table.subcommands()) shown += examples(*child);
  if (!shown.empty()) text += "\nExamples:\n" + shown;
  text += "\nExit status:\n";
  const OptionTable& program = table.parent() ? *table.parent() : table;
  for (const auto& status : program.exit_statuses()) text += entry(fmt::format("{}", status.code), status.text);
  return text;
}

}  // namespace vs::cli
