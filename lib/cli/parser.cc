// parse_command_line: tokens and environment to checked values.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "lib/cli/parsed_options.h"
#include "lib/cli/tokenizer.h"
#include "lib/cli/value_check.h"
#include "lib/core/error.h"

namespace vs::cli {
namespace {

constexpr size_t kLongestShownValue = 200;

std::string shown(const std::string& value) {
  return printable(value.size() <= kLongestShownValue ? value : value.substr(0, kLongestShownValue) + "...");
}

std::string option_name(const Option::Row& row) { return "--" + row.name; }

/// 1, true, yes, on; 0, false, no, off.
std::optional<bool> parse_switch(std::string_view text) {
  for (const auto word : {"1", "true", "yes", "on"}) {
    if (text == word) return true;
  }
  for (const auto word : {"0", "false", "no", "off"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> const char* { return std::getenv(name); };
}

/// Fills one ParsedOptions, step by step.
class Parser {
 public:
  Parser(const OptionTable& table, const Environment& environment) : table_(&table), environment_(environment) {}

  ParsedOptions parse(std::vector<std::string> arguments, const std::string& program) {
    options_.command_ = arguments;
    options_.command_.insert(options_.command_.begin(), program);
    const bool misses_subcommand = !choose_subcommand(arguments);
    Tokens tokens = tokenize(*table_, arguments);
    start_values();
    apply_command_line(tokens.options);
    const bool asks_only = asks_about_program();
    if (misses_subcommand && !asks_only) throw_missing_subcommand();
    // Questions about the program are not about the subcommand that stands for none.
    if (!asks_only) options_.subcommand_ = table_->subcommand_name();
    if (asks_only) {
      check_value("generate");
      return std::move(options_);
    }
    options_.all_positionals_ = std::move(tokens.words);
    check_values(true);
    apply_environment();
    check_conflicts();
    apply_defaults();
    check_needs();
    check_required();
    check_values(false);
    share_out_positionals();
    resolve_shards();
    return std::move(options_);
  }

 private:
  using Value = ParsedOptions::Value;

  /// Takes the subcommand out of the arguments, or that which needs no name; false if one must be named and is not.
  bool choose_subcommand(std::vector<std::string>& arguments) {
    if (table_->subcommands().empty()) return true;
    const size_t at = find_first_word(*table_, arguments);
    if (at == arguments.size()) {
      const OptionTable* unnamed = table_->default_subcommand();
      if (unnamed) table_ = unnamed;
      return unnamed != nullptr;
    }
    const OptionTable* chosen = table_->find_subcommand(arguments[at]);
    if (!chosen) {
      const auto names = subcommand_names();
      if (const auto nearest = nearest_word(arguments[at], names)) {
        throw UsageError(shown(arguments[at]), fmt::format("unknown subcommand, nearest is \"{}\"", *nearest));
      }
      throw UsageError(shown(arguments[at]), fmt::format("unknown subcommand (one of {})", join(names, ", ")));
    }
    options_.subcommand_ = arguments[at];
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(at));
    table_ = chosen;
    return true;
  }

  std::vector<std::string> subcommand_names() const {
    std::vector<std::string> names;
    for (const auto& child : table_->subcommands()) names.push_back(child->subcommand_name());
    return names;
  }

  [[noreturn]] void throw_missing_subcommand() const {
    throw UsageError({}, fmt::format("no subcommand given (one of {})", join(subcommand_names(), ", ")));
  }

  void start_values() {
    for (const Option::Row* row : table_->all_rows()) options_.values_.push_back({row, Source::kUnset, {}});
  }

  Value* find(std::string_view name) {
    for (Value& value : options_.values_) {
      if (value.row->name == name) return &value;
    }
    return nullptr;
  }

  void apply_command_line(const std::vector<Token>& tokens) {
    for (const Token& token : tokens) {
      const Option::Row& row = *token.row;
      if (token.name != row.name) {
        options_.warnings_.push_back(fmt::format("--{}: renamed to --{}", token.name, row.name));
      }
      Value& value = *find(row.name);
      if (!row.repeatable) value.texts.clear();
      value.source = Source::kCommandLine;
      if (token.value && token.value->empty()) throw UsageError("--" + token.name + "=", "needs a value");
      if (row.takes_value()) value.texts.push_back(token.value ? *token.value : *row.implied);
    }
  }

  bool asks_about_program() {
    for (const auto name : {"usage", "help", "version", "generate"}) {
      const Value* value = find(name);
      if (value && value->source == Source::kCommandLine) return true;
    }
    return false;
  }

  void apply_environment() {
    for (Value& value : options_.values_) {
      const Option::Row& row = *value.row;
      if (value.source != Source::kUnset || row.variable.empty()) continue;
      const char* text = environment_(row.variable.c_str());
      if (!text || !*text) continue;
      // The command line is stronger: a variable that goes against it is as if unset.
      if (against_command_line(row)) continue;
      if (row.kind == Kind::kFlag) {
        const auto on = parse_switch(text);
        if (!on) throw UsageError(row.variable + "=" + shown(text), "must be 1 or 0");
        if (!*on) continue;
      } else {
        value.texts = {text};
      }
      value.source = Source::kEnvironment;
    }
  }

  bool against_command_line(const Option::Row& row) const {
    return std::any_of(options_.values_.begin(), options_.values_.end(), [&](const Value& other) {
      return other.source == Source::kCommandLine && in_conflict(row, *other.row);
    });
  }

  static bool in_conflict(const Option::Row& a, const Option::Row& b) {
    const auto names = [](const Option::Row& one, const Option::Row& other) {
      const auto& groups = one.conflicting_groups;
      return std::find(one.conflicts.begin(), one.conflicts.end(), other.name) != one.conflicts.end() ||
             std::find(groups.begin(), groups.end(), other.group) != groups.end();
    };
    return names(a, b) || names(b, a);
  }

  void check_conflicts() const {
    const auto& values = options_.values_;
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i].source == Source::kUnset) continue;
      for (size_t j = i + 1; j < values.size(); ++j) {
        if (values[j].source == Source::kUnset || !in_conflict(*values[i].row, *values[j].row)) continue;
        throw UsageError(place(values[i]), fmt::format("not possible together with {}", place_name(values[j])));
      }
    }
  }

  void apply_defaults() {
    for (Value& value : options_.values_) {
      if (value.source != Source::kUnset || !value.row->default_value) continue;
      value.texts = {*value.row->default_value};
      value.source = Source::kDefault;
    }
  }

  void check_needs() {
    for (Value& value : options_.values_) {
      if (value.source != Source::kCommandLine && value.source != Source::kEnvironment) continue;
      for (const Need& need : value.row->needs) {
        if (is_met(need)) continue;
        if (value.source == Source::kCommandLine) throw_unmet(value, need);
        // A variable set for all runs does not matter to a run that cannot use it.
        value.texts.clear();
        value.source = value.row->default_value ? Source::kDefault : Source::kUnset;
        if (value.row->default_value) value.texts = {*value.row->default_value};
        break;
      }
    }
  }

  bool is_met(const Need& need) {
    return std::any_of(need.any_of.begin(), need.any_of.end(), [&](const Condition& condition) {
      const Value& other = *find(condition.option);
      const auto& values = condition.values;
      if (values.empty()) return other.source == Source::kCommandLine || other.source == Source::kEnvironment;
      return std::any_of(other.texts.begin(), other.texts.end(), [&](const std::string& text) {
        return std::find(values.begin(), values.end(), text) != values.end();
      });
    });
  }

  [[noreturn]] static void throw_unmet(const Value& value, const Need& need) {
    throw UsageError(option_name(*value.row), fmt::format("only together with {}", in_words(need)));
  }

  static std::string place_name(const Value& value) {
    return value.source == Source::kEnvironment ? value.row->variable : option_name(*value.row);
  }

  /// "--jobs 0", "VS_JOBS=0", "--quiet".
  static std::string place(const Value& value, size_t k = 0) {
    if (!value.row->takes_value()) return place_name(value);
    return place_name(value) + (value.source == Source::kEnvironment ? "=" : " ") + shown(value.texts[k]);
  }

  static void check(const Value& value) {
    for (size_t k = 0; k < value.texts.size(); ++k) {
      if (const auto fault = find_fault(*value.row, value.texts[k], true)) throw UsageError(place(value, k), *fault);
    }
  }

  void check_value(std::string_view name) {
    if (const Value* value = find(name)) check(*value);
  }

  void check_required() const {
    for (const Value& value : options_.values_) {
      if (value.source == Source::kUnset && value.row->required) {
        throw UsageError(fmt::format("{} {}", option_name(*value.row), value.row->metavar), "must be given");
      }
    }
  }

  /// A wrong value on the command line is said before anything about options that do not go together.
  void check_values(bool of_command_line) const {
    for (const Value& value : options_.values_) {
      if ((value.source == Source::kCommandLine) == of_command_line) check(value);
    }
  }

  void share_out_positionals() {
    const auto& slots = table_->positionals();
    const auto& words = options_.all_positionals_;
    int64_t reserved = 0;
    for (const Positional& slot : slots) reserved += slot.min_count;
    auto left = static_cast<int64_t>(words.size());
    size_t next = 0;
    for (const Positional& slot : slots) {
      reserved -= slot.min_count;
      int64_t taken = std::max(slot.min_count, left - reserved);
      if (slot.max_count != Positional::kAnyNumber) taken = std::min(taken, slot.max_count);
      if (taken > left) throw_too_few(slot);
      auto& own = options_.positionals_[slot.metavar];
      for (int64_t k = 0; k < taken; ++k) {
        const std::string& word = words[next++];
        if (const auto fault = find_fault(slot, word)) {
          throw UsageError(fmt::format("{} {}", slot.metavar, word.empty() ? "''" : shown(word)), *fault);
        }
        own.push_back(word);
      }
      left -= taken;
    }
    if (left > 0) {
      throw UsageError(shown(words[next]), slots.empty() ? "no operand is expected" : "one operand too many",
                       "see --help");
    }
  }

  [[noreturn]] static void throw_too_few(const Positional& slot) {
    throw UsageError(slot.metavar,
                     slot.min_count == 1 ? "must be given" : fmt::format("at least {} must be given", slot.min_count),
                     slot.help);
  }

  void resolve_shards() {
    for (Value& value : options_.values_) {
      if (value.row->kind != Kind::kShard) continue;
      for (std::string& text : value.texts) {
        if (text != "auto") continue;
        const Shard shard = shard_from_environment(environment_);
        text = fmt::format("{}/{}", shard.index, shard.count);
      }
    }
  }

  const OptionTable* table_;
  const Environment& environment_;
  ParsedOptions options_;
};

ParsedOptions parse_command_line(const OptionTable& table, int argc, const char* const* argv,
                                 const Environment& environment) {
  table.check();
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : std::string();
  return Parser(table, environment).parse(std::move(arguments), program.empty() ? table.program() : program);
}

}  // namespace vs::cli
