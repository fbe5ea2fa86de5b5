// What the user asked for: every option of a table after defaults, environment and command line.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/cli/option_table.h"
#include "lib/cli/shard.h"
#include "lib/core/text.h"

namespace vs::cli {

/// Where the value of an option is from, weakest first.
enum class Source { kUnset, kDefault, kEnvironment, kCommandLine };

/// Width and height in pixels, both at least 1.
struct Size {
  int64_t width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

/// "320x240" with 1 <= both <= 2^31 - 1; nothing otherwise.
std::optional<Size> parse_size(std::string_view text);

/// Values of all options; each was checked against its row already, so getters do not fail on user input. A name that
/// is not in the table, or a getter of another kind, is std::logic_error. Single getters of an unset option throw
/// std::logic_error as well: ask has() first, or use the `_or` forms.
class ParsedOptions {
 public:
  /// True if it has a value from anywhere (default, environment, command line). For a flag: true if on.
  bool has(std::string_view name) const;
  /// True if the environment or the command line set it.
  bool given(std::string_view name) const;
  Source source(std::string_view name) const;

  bool flag(std::string_view name) const;
  /// Text, choice and path options.
  const std::string& text(std::string_view name) const;
  std::string text_or(std::string_view name, const std::string& otherwise) const;
  int64_t integer(std::string_view name) const;
  int64_t integer_or(std::string_view name, int64_t otherwise) const;
  double real(std::string_view name) const;
  double real_or(std::string_view name, double otherwise) const;
  Fraction fraction(std::string_view name) const;
  Size size(std::string_view name) const;
  /// {0, 1} if it is unset; `auto` is resolved.
  Shard shard(std::string_view name) const;

  /// Values of a repeatable option in order; empty if unset.
  std::vector<std::string> texts(std::string_view name) const;
  std::vector<int64_t> integers(std::string_view name) const;
  std::vector<double> reals(std::string_view name) const;

  /// The enum value of a choice: `options.choice<Method>("method", {{"ssim", Method::kSsim}, ...})`.
  template <class Enum>
  Enum choice(std::string_view name, std::initializer_list<std::pair<std::string_view, Enum>> words) const {
    const std::string& given_word = text(name);
    for (const auto& [word, value] : words) {
      if (word == given_word) return value;
    }
    throw_no_such_choice(name, given_word);
  }

  /// The subcommand's name; "" for a program without.
  const std::string& subcommand() const { return subcommand_; }
  /// All words that are no options, in order, without the subcommand.
  const std::vector<std::string>& positionals() const { return all_positionals_; }
  /// Those of one positional of the table.
  const std::vector<std::string>& positionals(std::string_view metavar) const;
  /// The one word of a positional with max_count 1; "" if it was left out.
  std::string positional(std::string_view metavar) const;

  /// The command line as given, program name first (its last path component).
  const std::vector<std::string>& command() const { return command_; }
  /// The same as one line for the shell.
  std::string command_line() const;
  /// Lines to warn about, such as a renamed option.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// An object with all options after defaults in the order of the table, own before shared: keys in snake_case, unset
  /// ones null, repeatable ones lists, fractions "30000/1001", sizes "320x240", shards "3/16". Help, version and hidden
  /// options are never in it; with `with_run_options` false those marked run() and output paths are not either (the
  /// copy inside data files).
  nlohmann::ordered_json parameters(bool with_run_options) const;

 private:
  friend class Parser;
  struct Value {
    const Option::Row* row = nullptr;
    Source source = Source::kUnset;
    std::vector<std::string> texts;
  };
  const Value& at(std::string_view name) const;
  const Value& at(std::string_view name, std::initializer_list<Kind> kinds, bool needs_value) const;
  [[noreturn]] static void throw_no_such_choice(std::string_view name, const std::string& word);

  std::vector<Value> values_;
  std::string subcommand_;
  std::vector<std::string> all_positionals_, command_, warnings_;
  std::map<std::string, std::vector<std::string>, std::less<>> positionals_;
};

/// Reads an environment variable; nullptr if it is not set.
using Environment = std::function<const char*(const char*)>;
/// The process's own.
Environment process_environment();

/// Parses argv[1..argc) by the table. The options must not outlive the table.
///
/// `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`, letters in a row; `--` ends options; `-` and negative values
/// are words. Options and words mix. A single-value option given twice: the last one counts. If the command line asks
/// for help, a version or --generate, nothing else is required. Throws UsageError naming the option as the user would
/// write it.
ParsedOptions parse_command_line(const OptionTable& table, int argc, const char* const* argv,
                                 const Environment& environment = process_environment());

}  // namespace vs::cli
