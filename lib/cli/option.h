// One option of a program: its names, its kind of value, its limits and its help. All pages and parsers come from this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vs::cli {

/// What the value of an option is.
enum class Kind {
  kFlag,        ///< no value; given or not
  kText,        ///< any text but the empty one
  kInteger,     ///< 64-bit signed
  kReal,        ///< finite decimal number
  kChoice,      ///< one of a few words
  kInputPath,   ///< a file or folder to read; must exist ("-" where standard input is allowed)
  kOutputPath,  ///< a file or folder to write ("-" where standard output is allowed)
  kFraction,    ///< 30000/1001, 12.5 or 25
  kSize,        ///< WIDTHxHEIGHT, both at least 1
  kShard,       ///< I/N with 0 <= I < N, or `auto`
};

/// One word a choice may take, and what it means (shown in the long help, the page and by zsh and fish).
struct Choice {
  Choice(const char* word) : value(word) {}  // NOLINT(google-explicit-constructor): tables read as lists of words
  Choice(std::string word, std::string meaning) : value(std::move(word)), help(std::move(meaning)) {}
  std::string value, help;
};

/// A condition on another option: it is given, or it has one of these values.
struct Condition {
  Condition(const char* name) : option(name) {}  // NOLINT(google-explicit-constructor): tables read as lists of words
  Condition(std::string name, std::vector<std::string> words) : option(std::move(name)), values(std::move(words)) {}
  std::string option;
  std::vector<std::string> values;  ///< empty: given at all
};

/// What an option does nothing without: one of these holds.
struct Need {
  std::vector<Condition> any_of;
};

/// A row of the table. Made by OptionTable::flag(), integer() and so on; the setters chain.
class Option {
 public:
  Option(std::string name, Kind kind, std::string metavar, std::string help, std::string group);

  /// Replaces the one-line help. Lower case, no full stop.
  Option& help(std::string text);
  /// More sentences for --help and the man page; -h and completions show help() only.
  Option& details(std::string text);
  /// One of -o -j -q -v -h -V -n -f.
  Option& letter(char short_letter);
  Option& metavar(std::string text);
  /// The value when neither the command line nor the environment gives one. It is checked like a given one.
  Option& default_value(std::string value);
  /// Words for "default:" in the help where no value is set, such as "the number of cores".
  Option& default_note(std::string text);
  /// The value of a bare `--name`; the option then takes a value only as `--name=VALUE`.
  Option& implied(std::string value);
  /// Limits, both included, of integer, real and fraction; of both sides of a size.
  Option& min(double limit);
  Option& max(double limit);
  /// Limit that is itself not allowed: `above(0)` is "must be above 0".
  Option& above(double limit);
  Option& choices(std::vector<Choice> words);
  /// A word that is known but not possible in this version: never offered or suggested; given, the error says `why`
  /// ("needs the weights of ...").
  Option& absent(std::string word, std::string why);
  Option& required();
  /// Every occurrence counts, in order. Otherwise the last one does.
  Option& repeatable();
  /// Reads VS_<NAME> from the environment (or the given variable) when the command line does not set the option.
  Option& environment(std::string variable = {});
  /// Does not change the result (jobs, quiet, color): left out of the parameters where asked. Output paths are so
  /// anyway.
  Option& run();
  /// May not be given together with that option.
  Option& conflicts(std::string option);
  /// Nor with any option under that heading.
  Option& conflicts_with_group(std::string heading);
  /// Only together with that option; with values, only where that option has one of them (its default counts).
  Option& needs(std::string option, std::vector<std::string> values = {});
  /// Only where at least one of these holds.
  Option& needs_one_of(std::vector<Condition> conditions);
  /// A former name; it works with a warning that names the new one.
  Option& old_name(std::string name);
  /// Not in help, page or completion.
  Option& hidden();
  /// "-" means standard input or output.
  Option& dash();
  /// Completion offers folders only.
  Option& folder();
  /// Completion offers folders and files with these suffixes (without the dot). An output file must end in one of them.
  Option& suffixes(std::vector<std::string> list);

  /// What the setters set, for the parser and the generators.
  struct Row {
    std::string name, metavar, help, details, group, default_note, variable;
    Kind kind = Kind::kFlag;
    char letter = 0;
    std::optional<std::string> default_value, implied;
    std::optional<double> min, max;
    bool min_excluded = false, required = false, repeatable = false, run = false, hidden = false;
    bool dash = false, folder = false;
    std::vector<Choice> choices, absent;
    std::vector<std::string> conflicts, conflicting_groups, old_names, suffixes;
    std::vector<Need> needs;
    bool takes_value() const { return kind != Kind::kFlag; }
    /// The value comes as the next word or after "=", not only after "=".
    bool takes_next_word() const { return takes_value() && !implied; }
  };
  const Row& row() const { return row_; }

 private:
  Row row_;
};

/// A word of the command line that is no option. Made by OptionTable::positional().
struct Positional {
  static constexpr int64_t kAnyNumber = -1;

  std::string metavar{}, help{};
  int64_t min_count = 1, max_count = 1;  ///< max_count kAnyNumber: no limit
  Kind kind =
      Kind::kInputPath;  ///< paths (not checked for existence: a missing item is the run's business), choice or text
  std::vector<Choice> choices{};
  std::vector<std::string> suffixes{};  ///< for completion
  bool folder = false;                  ///< for completion
  std::string details{};                ///< more sentences for --help and the page
  bool must_exist = false;              ///< a path that is not there, or cannot be read, is a usage error; "-" is none
};

}  // namespace vs::cli
