// The manual page, in mdoc.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "lib/cli/layout.h"
#include "lib/cli/pages.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

/// A text line: hyphens stay hyphens, except before options.
std::string text_line(std::string_view text) {
  std::string result;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!result.empty()) result += ' ';
    const bool is_option = word.find("--") != std::string_view::npos || word.front() == '-';
    if (is_option) {
      result += escaped(word);
    } else {
      for (const char c : word) result += c == '\\' ? std::string("\\e") : std::string(1, c);
    }
  }
  if (!result.empty() && (result.front() == '.' || result.front() == '\'')) result.insert(0, "\\&");
  return result;
}

/// Sentences each on a line of their own, as mdoc asks for.
std::string text_block(std::string_view text) {
  std::string block;
  size_t start = 0;
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    const bool ends = text[i] == '.' && text[i + 1] == ' ' && std::isupper(static_cast<unsigned char>(text[i + 2]));
    if (!ends) continue;
    block += text_line(text.substr(start, i + 1 - start)) + "\n";
    start = i + 2;
  }
  return block + text_line(text.substr(start)) + "\n";
}

/// Arguments of a macro: no word may be read as a macro or as punctuation.
std::string macro_words(std::string_view text) {
  std::string result;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!result.empty()) result += ' ';
    if (word.size() <= 3) result += "\\&";
    for (const char c : word) {
      if (c == '"') {
        result += "\\(dq";
      } else {
        result += escaped(std::string_view(&c, 1));
      }
    }
  }
  return result;
}

/// One argument of a macro, blanks included.
std::string macro_word(std::string_view text) {
  std::string word = macro_words(text);
  return word.find(' ') == std::string::npos ? word : "\"" + word + "\"";
}

std::string option_item(const Option::Row& row) {
  std::string item = ".It ";
  if (row.letter) item += fmt::format("Fl {} , ", row.letter);
  item += "Fl \\-" + escaped(row.name);
  if (row.implied) return item + " Ns Op = Ns Ar " + macro_word(row.metavar) + "\n";
  if (row.takes_value()) item += " Ar " + macro_word(row.metavar);
  return item + "\n";
}

std::string choice_list(const std::vector<Choice>& choices) {
  std::string text = ".Bl -tag -width Ds -compact\n";
  for (const Choice& choice : choices) {
    text += ".It Cm " + macro_word(choice.value) + "\n";
    if (!choice.help.empty()) text += text_line(choice.help) + "\n";
  }
  return text + ".El\n";
}

std::string option_list(const std::vector<const Option::Row*>& rows) {
  std::string text = ".Bl -tag -width Ds\n";
  for (const Option::Row* row : rows) {
    text += option_item(*row) + text_block(sentence(row->help));
    if (!row->details.empty()) text += text_block(row->details);
    for (const std::string& fact : option_facts(*row, false)) text += text_line(sentence(fact)) + "\n";
    if (!row->choices.empty()) text += choice_list(row->choices);
  }
  return text + ".El\n";
}

std::string operand_list(const OptionTable& table) {
  if (table.positionals().empty()) return {};
  std::string text = ".Bl -tag -width Ds\n";
  for (const Positional& positional : table.positionals()) {
    text += ".It Ar " + macro_word(positional.metavar) + (positional.max_count == 1 ? "" : " ...") + "\n";
    text += text_block(sentence(positional.help));
    if (!positional.details.empty()) text += text_block(positional.details);
    if (!positional.choices.empty()) text += choice_list(positional.choices);
  }
  return text + ".El\n";
}

std::string synopsis(const OptionTable& table) {
  std::string text = ".Nm\n";
  if (!table.subcommand_name().empty())
    text += (table.is_default_subcommand() ? ".Op Cm " : ".Cm ") + macro_word(table.subcommand_name()) + "\n";
  text += ".Op Ar OPTION ...\n";
  for (const Positional& positional : table.positionals()) {
    const std::string words = "Ar " + macro_word(positional.metavar) + (positional.max_count == 1 ? "" : " ...");
    text += positional.min_count == 0 ? ".Op " + words + "\n" : "." + words + "\n";
  }
  return text;
}

std::string groups(const std::vector<RowGroup>& list) {
  std::string text;
  for (const RowGroup& group : list) text += ".Ss " + macro_words(group.heading) + "\n" + option_list(group.rows);
  return text;
}

std::string description(const OptionTable& table) {
  std::string text;
  for (size_t i = 0; i < table.paragraphs().size(); ++i) {
    text += (i ? ".Pp\n" : "") + text_block(table.paragraphs()[i]);
  }
  return text.empty() ? text_block(sentence(table.summary())) : text;
}

std::string subcommand_part(const OptionTable& table) {
  std::string text = ".Ss " + macro_words("Subcommand " + table.subcommand_name()) + "\n" + description(table);
  text += operand_list(table);
  std::vector<const Option::Row*> rows;
  for (const RowGroup& group : own_groups(table)) rows.insert(rows.end(), group.rows.begin(), group.rows.end());
  if (!rows.empty()) text += option_list(rows);
  return text;
}

std::string example_list(const OptionTable& table) {
  std::string text;
  for (const auto& example : table.examples()) {
    text += text_block(sentence(example.what)) + ".Pp\n.Dl " + macro_words(example.command) + "\n.Pp\n";
  }
  return text;
}

std::string see_also(const OptionTable& table) {
  auto pages = table.pages();
  if (pages.empty()) return {};
  std::sort(pages.begin(), pages.end(), [](const auto& a, const auto& b) {
    return a.section != b.section ? a.section < b.section : a.name < b.name;
  });
  std::string text = ".Sh SEE ALSO\n";
  for (size_t i = 0; i < pages.size(); ++i) {
    text += fmt::format(".Xr {} {}{}\n", pages[i].name, pages[i].section, i + 1 < pages.size() ? " ," : "");
  }
  return text;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// "January 31, 2026" from "2026-01-31".
std::string mdoc_date(const std::string& date) {
  constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
  const auto parts = split(date, '-');
  const auto month = parts.size() == 3 ? parse_integer(parts[1]) : std::nullopt;
  const auto day = parts.size() == 3 ? parse_integer(parts[2]) : std::nullopt;
  if (!month || !day || *month < 1 || *month > 12) return date;
  return fmt::format("{} {}, {}", kMonths[*month - 1], *day, parts[0]);
}

}  // namespace

std::string man_page(const OptionTable& table, const std::string& version, const std::string& date) {
  std::string text = fmt::format(".Dd {}\n.Dt {} 1\n.Os vs {}\n", mdoc_date(date), upper(table.program()), version);
  text += fmt::format(".Sh NAME\n.Nm {}\n.Nd {}\n", table.program(), macro_words(table.summary()));
  text += ".Sh SYNOPSIS\n";
  if (table.subcommands().empty()) text += synopsis(table);
  for (const auto& child : table.subcommands()) text += synopsis(*child);
  text += ".Sh DESCRIPTION\n" + description(table);
  const std::string operands = operand_list(table);
  if (!operands.empty()) text += ".Ss Operands\n" + operands;
  for (const auto& child : table.subcommands()) text += subcommand_part(*child);
  text += groups(own_groups(table));
  for (const auto& section : table.sections()) {
    text += ".Ss " + macro_words(section.heading) + "\n";
    for (size_t i = 0; i < section.paragraphs.size(); ++i) {
      text += (i ? ".Pp\n" : "") + text_block(section.paragraphs[i]);
    }
  }
  if (const auto variables = variables_in_words(table); !variables.empty()) {
    text += ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n";
    for (const auto& [name, what] : variables) text += ".It Ev " + name + "\n" + text_block(what);
    text += ".El\n";
  }
  text += ".Sh EXIT STATUS\n.Bl -tag -width Ds\n";
  for (const auto& status : table.exit_statuses())
    text += fmt::format(".It {}\n{}", status.code, text_block(status.text));
  text += ".El\n";
  std::string examples = example_list(table);
  for (const auto& child : table.subcommands()) examples += example_list(*child);
  if (!examples.empty()) text += ".Sh EXAMPLES\n" + examples.substr(0, examples.size() - 4);
  return text + see_also(table);
}

}  // namespace vs::cli
