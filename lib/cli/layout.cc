#include "lib/cli/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "lib/cli/value_check.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

void add_groups(const OptionTable& table, std::vector<RowGroup>& groups) {
  for (const Option& option : table.options()) {
    const Option::Row& row = option.row();
    if (row.hidden) continue;
    auto at =
        std::find_if(groups.begin(), groups.end(), [&](const RowGroup& group) { return group.heading == row.group; });
    if (at == groups.end()) at = groups.insert(groups.end(), {row.group, {}});
    at->rows.push_back(&row);
  }
}

}  // namespace

size_t character_count(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string choice_values(const std::vector<Choice>& choices, std::string_view separator) {
  std::string words;
  for (const Choice& choice : choices) words.append(words.empty() ? "" : separator).append(choice.value);
  return words;
}

std::string wrapped(std::string_view text, size_t columns, size_t indent, size_t used) {
  std::string lines;
  size_t column = used;
  bool line_is_empty = true;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    const size_t width = character_count(word);
    if (!line_is_empty && column + 1 + width > columns) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
      line_is_empty = true;
    }
    if (!line_is_empty) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += width;
    line_is_empty = false;
  }
  return lines;
}

std::string option_label(const Option::Row& row) {
  std::string label = row.letter ? fmt::format("-{}, --{}", row.letter, row.name) : fmt::format("    --{}", row.name);
  if (row.implied) return label + "[=" + row.metavar + "]";
  if (row.takes_value()) label += " " + row.metavar;
  return label;
}

std::string positional_label(const Positional& positional) {
  const bool several = positional.max_count != 1;
  const std::string name = positional.metavar + (several ? "..." : "");
  return positional.min_count == 0 ? "[" + name + "]" : name;
}

std::string usage_line(const OptionTable& table) {
  std::string line = table.full_name();
  if (table.default_subcommand()) return line + " [SUBCOMMAND] [OPTION]... [OPERAND]...";
  if (!table.subcommands().empty()) return line + " SUBCOMMAND [OPTION]... [OPERAND]...";
  line += " [OPTION]...";
  for (const Positional& positional : table.positionals()) line += " " + positional_label(positional);
  return line;
}

std::vector<std::string> option_facts(const Option::Row& row, bool with_choices) {
  std::vector<std::string> facts;
  if (with_choices && !row.choices.empty()) facts.push_back(choice_values(row.choices, ", "));
  if (const std::string range = range_in_words(row); !range.empty()) facts.push_back(range);
  if (row.required) facts.push_back("required");
  if (row.repeatable) facts.push_back("may be repeated");
  if (row.default_value) {
    facts.push_back("default: " + *row.default_value);
  } else if (!row.default_note.empty()) {
    facts.push_back("default: " + row.default_note);
  }
  if (row.implied) facts.push_back("alone: " + *row.implied);
  for (const Need& need : row.needs) {
    facts.push_back("with " + in_words(need));
  }
  std::vector<std::string> others;
  for (const std::string& other : row.conflicts) others.push_back("--" + other);
  for (const std::string& heading : row.conflicting_groups) others.push_back(fmt::format("any of \"{}\"", heading));
  if (!others.empty()) facts.push_back("not with " + alternatives(others));
  return facts;
}

std::string sentence(std::string_view text) {
  std::string result(trim(text));
  if (result.empty()) return result;
  result.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(result.front())));
  if (result.back() != '.') result += '.';
  return result;
}

std::vector<RowGroup> own_groups(const OptionTable& table) {
  std::vector<RowGroup> groups;
  add_groups(table, groups);
  return groups;
}

std::vector<RowGroup> all_groups(const OptionTable& table) {
  std::vector<RowGroup> groups;
  add_groups(table, groups);
  if (table.parent()) add_groups(*table.parent(), groups);
  return groups;
}

std::vector<std::pair<std::string, std::string>> variables_in_words(const OptionTable& table) {
  std::vector<std::pair<std::string, std::string>> variables;
  const auto add = [&](const std::string& name, const std::string& what) {
    const bool known =
        std::any_of(variables.begin(), variables.end(), [&](const auto& variable) { return variable.first == name; });
    if (!known) variables.emplace_back(name, what);
  };
  const auto add_rows = [&](const OptionTable& one) {
    for (const Option::Row* row : one.all_rows()) {
      if (row->variable.empty() || row->hidden) continue;
      add(row->variable, fmt::format("Stands for --{}{}, unless the command line gives it.", row->name,
                                     row->kind == Kind::kFlag ? " if it is 1" : ""));
    }
  };
  add_rows(table);
  for (const auto& child : table.subcommands()) add_rows(*child);
  for (const OptionTable* one = &table; one; one = one->parent()) {
    for (const auto& variable : one->variables()) add(variable.name, variable.what);
  }
  if (table.find("color") || (table.parent() && table.parent()->find("color"))) {
    add("NO_COLOR", "If set and not empty, --color=auto means no colors.");
  }
  return variables;
}

}  // namespace vs::cli
