// The part of OptionTable that finds contradictions in a table.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "lib/cli/option_table.h"
#include "lib/cli/value_check.h"

namespace vs::cli {
namespace {

constexpr std::string_view kAllowedLetters = "ojqvhVnf";

bool is_option_name(const std::string& name) {
  const auto fits = [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-'; };
  return name.size() >= 2 && name.front() != '-' && name.back() != '-' && std::all_of(name.begin(), name.end(), fits);
}

[[noreturn]] void refuse(const OptionTable& table, const std::string& thing, const std::string& finding) {
  throw std::logic_error(fmt::format("{}: {}: {}", table.full_name(), thing, finding));
}

void check_row(const OptionTable& table, const Option::Row& row) {
  const std::string thing = "--" + row.name;
  if (!is_option_name(row.name)) refuse(table, thing, "not a name of at least two lower-case letters, digits and '-'");
  if (row.help.empty()) refuse(table, thing, "no help");
  if (row.help.back() == '.') refuse(table, thing, "the help ends with a full stop");
  if (row.takes_value() == row.metavar.empty()) refuse(table, thing, "a value needs a metavar, and a flag has none");
  if (row.letter && kAllowedLetters.find(row.letter) == std::string_view::npos)
    refuse(table, thing, fmt::format("-{} is not one of the letters in use", row.letter));
  if ((row.kind == Kind::kChoice) == row.choices.empty()) refuse(table, thing, "a choice, and only that, has words");
  if (row.kind == Kind::kFlag && (row.default_value || row.implied || row.repeatable || row.required))
    refuse(table, thing, "a flag has no default, is not repeated and not required");
  if (row.required && row.default_value) refuse(table, thing, "required, yet with a default");
  if (row.implied && row.letter) refuse(table, thing, "a value that may be left out goes without a letter");
  if (row.min && row.max && *row.min > *row.max) refuse(table, thing, "an empty range");
  for (const auto& value : {row.default_value, row.implied}) {
    if (!value) continue;
    if (const auto fault = find_fault(row, *value, false)) refuse(table, thing, fmt::format("{} {}", *value, *fault));
  }
  std::set<std::string> words;
  for (const Choice& choice : row.choices) {
    if (choice.value.empty() || !words.insert(choice.value).second)
      refuse(table, thing, fmt::format("the word \"{}\" is empty or there twice", choice.value));
  }
  for (const Choice& absent : row.absent) {
    if (row.kind != Kind::kChoice || absent.help.empty() || !words.insert(absent.value).second)
      refuse(table, thing, fmt::format("the absent word \"{}\" has no reason, or is there", absent.value));
  }
}

void check_conditions(const OptionTable& table, const Option::Row& row) {
  const std::string thing = "--" + row.name;
  for (const std::string& other : row.conflicts) {
    if (!table.find(other) || other == row.name) refuse(table, thing, "conflicts with --" + other + ", not there");
  }
  for (const std::string& heading : row.conflicting_groups) {
    const auto rows = table.all_rows();
    const bool there =
        std::any_of(rows.begin(), rows.end(), [&](const auto* other) { return other->group == heading; });
    if (!there || heading == row.group) refuse(table, thing, "conflicts with the group " + heading + ", not there");
  }
  for (const Need& need : row.needs) {
    if (need.any_of.empty()) refuse(table, thing, "needs one of nothing");
    for (const Condition& condition : need.any_of) {
      const Option::Row* other = table.find(condition.option);
      if (!other || other == &row) refuse(table, thing, "needs --" + condition.option + ", not there");
      for (const std::string& value : condition.values) {
        if (find_fault(*other, value, false)) {
          refuse(table, thing, "needs an impossible value of --" + condition.option);
        }
      }
    }
  }
}

void check_names(const OptionTable& table) {
  std::set<std::string> names, variables;
  std::set<char> letters;
  for (const Option::Row* row : table.all_rows()) {
    if (!names.insert(row->name).second) refuse(table, "--" + row->name, "there twice");
    for (const std::string& old_name : row->old_names) {
      if (!is_option_name(old_name) || !names.insert(old_name).second)
        refuse(table, "--" + old_name, "no name, or there twice");
    }
    if (row->letter && !letters.insert(row->letter).second)
      refuse(table, fmt::format("-{}", row->letter), "there twice");
    if (!row->variable.empty() && !variables.insert(row->variable).second) refuse(table, row->variable, "there twice");
  }
}

void check_positionals(const OptionTable& table) {
  std::set<std::string> names;
  int open_ended = 0;
  for (const Positional& positional : table.positionals()) {
    const bool kind_fits = positional.kind == Kind::kInputPath || positional.kind == Kind::kOutputPath ||
                           positional.kind == Kind::kText || positional.kind == Kind::kChoice;
    if (positional.metavar.empty() || positional.help.empty() || !names.insert(positional.metavar).second)
      refuse(table, positional.metavar, "no metavar, no help, or there twice");
    if (!kind_fits || (positional.kind == Kind::kChoice) == positional.choices.empty())
      refuse(table, positional.metavar, "a kind that a positional cannot have, or a choice without words");
    const bool any_number = positional.max_count == Positional::kAnyNumber;
    if (positional.min_count < 0 || (!any_number && positional.max_count < std::max<int64_t>(1, positional.min_count)))
      refuse(table, positional.metavar, "impossible counts");
    if (any_number && ++open_ended > 1) refuse(table, positional.metavar, "the second one without a limit");
  }
}

}  // namespace

void OptionTable::check() const {
  if (program_.empty() || summary_.empty()) refuse(*this, "table", "no name or no summary");
  if (!subcommands_.empty() && !positionals_.empty()) refuse(*this, "table", "subcommands and positionals");
  check_names(*this);
  for (const Option& option : options_) {
    check_row(*this, option.row());
    check_conditions(*this, option.row());
  }
  check_positionals(*this);
  std::set<std::string> names;
  for (const auto& child : subcommands_) {
    if (!is_option_name(child->subcommand_name_) || !names.insert(child->subcommand_name_).second)
      refuse(*this, child->subcommand_name_, "no name of a subcommand, or there twice");
    if (!child->subcommands_.empty()) refuse(*this, child->subcommand_name_, "has subcommands of its own");
    child->check();
  }
}

}  // namespace vs::cli
