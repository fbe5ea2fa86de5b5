#include "lib/cli/option.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace vs::cli {

Option::Option(std::string name, Kind kind, std::string metavar, std::string help, std::string group) {
  row_.name = std::move(name);
  row_.kind = kind;
  row_.metavar = std::move(metavar);
  row_.help = std::move(help);
  row_.group = std::move(group);
  row_.run = kind == Kind::kOutputPath;
}

Option& Option::help(std::string text) {
  row_.help = std::move(text);
  return *this;
}

Option& Option::details(std::string text) {
  row_.details = std::move(text);
  return *this;
}

Option& Option::letter(char short_letter) {
  row_.letter = short_letter;
  return *this;
}

Option& Option::metavar(std::string text) {
  row_.metavar = std::move(text);
  return *this;
}

Option& Option::default_value(std::string value) {
  row_.default_value = std::move(value);
  return *this;
}

Option& Option::default_note(std::string text) {
  row_.default_note = std::move(text);
  return *this;
}

Option& Option::implied(std::string value) {
  row_.implied = std::move(value);
  return *this;
}

Option& Option::min(double limit) {
  row_.min = limit;
  row_.min_excluded = false;
  return *this;
}

Option& Option::max(double limit) {
  row_.max = limit;
  return *this;
}

Option& Option::above(double limit) {
  row_.min = limit;
  row_.min_excluded = true;
  return *this;
}

Option& Option::choices(std::vector<Choice> words) {
  row_.choices = std::move(words);
  return *this;
}

Option& Option::absent(std::string word, std::string why) {
  row_.absent.emplace_back(std::move(word), std::move(why));
  return *this;
}

Option& Option::required() {
  row_.required = true;
  return *this;
}

Option& Option::repeatable() {
  row_.repeatable = true;
  return *this;
}

Option& Option::environment(std::string variable) {
  if (variable.empty()) {
    variable = "VS_";
    for (const char c : row_.name) {
      variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  row_.variable = std::move(variable);
  return *this;
}

Option& Option::run() {
  row_.run = true;
  return *this;
}

Option& Option::conflicts(std::string option) {
  row_.conflicts.push_back(std::move(option));
  return *this;
}

Option& Option::conflicts_with_group(std::string heading) {
  row_.conflicting_groups.push_back(std::move(heading));
  return *this;
}

Option& Option::needs(std::string option, std::vector<std::string> values) {
  return needs_one_of({Condition(std::move(option), std::move(values))});
}

Option& Option::needs_one_of(std::vector<Condition> conditions) {
  row_.needs.push_back({std::move(conditions)});
  return *this;
}

Option& Option::old_name(std::string name) {
  row_.old_names.push_back(std::move(name));
  return *this;
}

Option& Option::hidden() {
  row_.hidden = true;
  return *this;
}

Option& Option::dash() {
  row_.dash = true;
  return *this;
}

Option& Option::folder() {
  row_.folder = true;
  return *this;
}

Option& Option::suffixes(std::vector<std::string> list) {
  row_.suffixes = std::move(list);
  return *this;
}

}  // namespace vs::cli
