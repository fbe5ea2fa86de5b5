#include "lib/cli/tokenizer.h"

// cxxopts cuts list values at this character; no argument can hold it.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#include <fmt/format.h>

#include <cxxopts.hpp>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

/// What stands in for the value of an option given without one.
constexpr const char* kBare = "bare";

using Names = std::map<std::string, const Option::Row*, std::less<>>;

Names long_names(const OptionTable& table) {
  Names names;
  for (const Option::Row* row : table.all_rows()) {
    names.emplace(row->name, row);
    for (const std::string& old_name : row->old_names) names.emplace(old_name, row);
  }
  return names;
}

const Option::Row* find_letter(const OptionTable& table, char letter) {
  for (const Option::Row* row : table.all_rows()) {
    if (row->letter == letter) return row;
  }
  return nullptr;
}

bool is_option_like(std::string_view argument) { return argument.size() > 1 && argument[0] == '-'; }

[[noreturn]] void throw_unknown(const OptionTable& table, const std::string& written) {
  std::vector<std::string> candidates;
  for (const Option::Row* row : table.all_rows()) {
    if (!row->hidden) candidates.push_back("--" + row->name);
  }
  const auto nearest = written.size() > 2 ? nearest_word(written, candidates) : std::nullopt;
  if (nearest) throw UsageError(printable(written), fmt::format("unknown option, nearest is \"{}\"", *nearest));
  std::string hint = "see --help";
  if (parse_real(written) || written.find('.') != std::string::npos) hint = "write -- before a name that begins with -";
  throw UsageError(printable(written), "unknown option", hint);
}

/// Brings arguments into the plain forms that cxxopts takes as they are meant: letters apart, and values after "="
/// replaced by their index, since its pattern stops at line feeds and recurses once a character.
class Plain {
 public:
  Plain(const OptionTable& table, const std::vector<std::string>& arguments)
      : table_(table), arguments_(arguments), names_(long_names(table)) {
    for (size_t i = 0; i < arguments_.size(); ++i) {
      const std::string& argument = arguments_[i];
      if (argument == "--") {
        plain_.push_back(argument);
        for (++i; i < arguments_.size(); ++i) plain_.push_back(keep(i));
      } else if (argument.starts_with("--")) {
        add_long(i);
      } else if (is_option_like(argument)) {
        add_letters(i);
      } else {
        plain_.push_back(keep(i));
      }
    }
  }

  const std::vector<std::string>& arguments() const { return plain_; }
  const Names& names() const { return names_; }
  const std::string& value(const std::string& key) const { return values_.at(std::stoul(key)); }

 private:
  std::string keep_text(std::string text) {
    values_.push_back(std::move(text));
    return std::to_string(values_.size() - 1);
  }
  std::string keep(size_t i) { return keep_text(arguments_[i]); }

  void add_next_word(const Option::Row& row, size_t& i) {
    if (i + 1 >= arguments_.size()) throw UsageError("--" + row.name, "needs a value", row.metavar);
    const std::string& next = arguments_[i + 1];
    const bool is_long = next.starts_with("--") && names_.contains(next.substr(2, next.find('=') - 2));
    const bool is_letter = next.size() == 2 && next[0] == '-' && find_letter(table_, next[1]);
    if (is_long || is_letter || next == "--") {
      throw UsageError("--" + row.name, fmt::format("needs a value, the next word is the option {}", printable(next)),
                       fmt::format("write --{}={} if it is meant", row.name, printable(next)));
    }
    plain_.push_back(keep(++i));
  }

  void add_long(size_t& i) {
    const std::string& argument = arguments_[i];
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    const auto at = names_.find(name);
    if (at == names_.end()) throw_unknown(table_, "--" + name);
    const Option::Row& row = *at->second;
    if (equals != std::string::npos) {
      if (!row.takes_value()) throw UsageError(printable(argument), "takes no value");
      plain_.push_back("--" + name + "=" + keep_text(argument.substr(equals + 1)));
      return;
    }
    plain_.push_back(argument);
    if (row.takes_next_word()) add_next_word(row, i);
  }

  void add_letters(size_t& i) {
    const std::string& argument = arguments_[i];
    for (size_t k = 1; k < argument.size(); ++k) {
      const Option::Row* row = find_letter(table_, argument[k]);
      if (!row) throw_unknown(table_, k == 1 ? argument : std::string("-") + argument[k]);
      plain_.push_back(std::string("-") + argument[k]);
      if (!row->takes_next_word()) continue;
      if (k + 1 < argument.size()) {
        plain_.push_back(keep_text(argument.substr(k + 1)));
      } else {
        add_next_word(*row, i);
      }
      return;
    }
  }

  const OptionTable& table_;
  const std::vector<std::string>& arguments_;
  Names names_;
  std::vector<std::string> plain_, values_;
};

cxxopts::Options make_cxxopts(const OptionTable& table) {
  cxxopts::Options options(table.program());
  const auto add = [&](const Option::Row& row, const std::string& names) {
    const auto value = cxxopts::value<std::string>();
    if (!row.takes_next_word()) value->implicit_value(kBare);
    options.add_options()(names, row.help, value);
  };
  for (const Option::Row* row : table.all_rows()) {
    add(*row, row->letter ? std::string(1, row->letter) + "," + row->name : row->name);
    for (const std::string& old_name : row->old_names) add(*row, old_name);
  }
  return options;
}

}  // namespace

Tokens tokenize(const OptionTable& table, const std::vector<std::string>& arguments) {
  const Plain plain(table, arguments);
  std::vector<const char*> argv = {table.program().c_str()};
  for (const std::string& argument : plain.arguments()) argv.push_back(argument.c_str());

  Tokens tokens;
  try {
    const auto result = make_cxxopts(table).parse(static_cast<int>(argv.size()), argv.data());
    for (const auto& option : result.arguments()) {
      const bool bare = option.value() == kBare;
      tokens.options.push_back({plain.names().at(option.key()), option.key(),
                                bare ? std::nullopt : std::optional<std::string>(plain.value(option.value()))});
    }
    for (const std::string& word : result.unmatched()) tokens.words.push_back(plain.value(word));
  } catch (const cxxopts::exceptions::exception& error) {
    // Whatever a user can do wrong was found before.
    throw std::logic_error(std::string("cxxopts: ") + error.what());
  }
  return tokens;
}

size_t find_first_word(const OptionTable& table, const std::vector<std::string>& arguments) {
  // A subcommand's own options may stand before its name too, so all tables are asked which of them take the next word.
  std::vector<const OptionTable*> tables = {&table};
  for (const auto& child : table.subcommands()) tables.push_back(child.get());
  const auto takes_next_word = [&](const std::string& argument) {
    if (argument.starts_with("--")) {
      for (const OptionTable* one : tables) {
        const Names names = long_names(*one);
        if (const auto at = names.find(argument.substr(2)); at != names.end()) return at->second->takes_next_word();
      }
      return false;
    }
    for (size_t k = 1; k < argument.size(); ++k) {
      for (const OptionTable* one : tables) {
        const Option::Row* row = find_letter(*one, argument[k]);
        if (row && row->takes_next_word()) return k + 1 == argument.size();
      }
    }
    return false;
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--") return arguments.size();
    if (!is_option_like(arguments[i])) return i;
    if (takes_next_word(arguments[i])) ++i;
  }
  return arguments.size();
}

}  // namespace vs::cli
