#include "lib/cli/value_check.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "lib/cli/parsed_options.h"
#include "lib/cli/shard.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

std::optional<std::string> find_range_fault(const Option::Row& row, double value) {
  if (row.min && row.min_excluded && !(value > *row.min)) return fmt::format("must be above {}", *row.min);
  if (row.min && value < *row.min) return fmt::format("must be at least {}", *row.min);
  if (row.max && value > *row.max) return fmt::format("must be at most {}", *row.max);
  return std::nullopt;
}

std::optional<std::string> find_choice_fault(const std::vector<Choice>& choices, const std::string& value) {
  std::vector<std::string> words;
  for (const Choice& choice : choices) {
    if (choice.value == value) return std::nullopt;
    words.push_back(choice.value);
  }
  if (const auto nearest = nearest_word(value, words)) return fmt::format("unknown, nearest is \"{}\"", *nearest);
  return fmt::format("unknown (one of {})", join(words, ", "));
}

std::optional<std::string> find_input_fault(const Option::Row& row, const std::string& value, bool look_at_files) {
  if (value == "-") {
    return row.dash ? std::nullopt : std::optional<std::string>("standard input is not possible here");
  }
  if (!look_at_files) return std::nullopt;
  std::error_code code;
  const auto status = std::filesystem::status(value, code);
  if (status.type() == std::filesystem::file_type::not_found) return "no such file or folder";
  if (code) return fmt::format("cannot be looked at: {}", code.message());
  if (row.folder && !std::filesystem::is_directory(status)) return "is not a folder";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_fault(const Option::Row& row, const std::string& value, bool look_at_files) {
  if (value.empty()) return "needs a value";
  switch (row.kind) {
    case Kind::kFlag:
    case Kind::kText:
      return std::nullopt;
    case Kind::kInteger: {
      const auto number = parse_integer(value);
      if (!number) {
        const bool digits_only = value.find_first_not_of("-0123456789") == std::string::npos && value.size() > 18;
        return digits_only ? "must be an integer that fits in 64 bits" : "must be an integer";
      }
      return find_range_fault(row, static_cast<double>(*number));
    }
    case Kind::kReal: {
      const auto number = parse_real(value);
      if (!number) return "must be a number";
      return find_range_fault(row, *number);
    }
    case Kind::kChoice:
      return find_choice_fault(row.choices, value);
    case Kind::kInputPath:
      return find_input_fault(row, value, look_at_files);
    case Kind::kOutputPath:
      if (value == "-" && !row.dash) return "standard output is not possible here";
      return std::nullopt;
    case Kind::kFraction: {
      const auto number = parse_fraction(value);
      if (!number) return "must be a number or a fraction such as 25, 12.5 or 30000/1001";
      return find_range_fault(row, number->value());
    }
    case Kind::kSize: {
      const auto size = parse_size(value);
      if (!size) return "must be WIDTHxHEIGHT such as 320x240";
      const auto fault = find_range_fault(row, static_cast<double>(size->width));
      return fault ? fault : find_range_fault(row, static_cast<double>(size->height));
    }
    case Kind::kShard:
      if (value == "auto" || parse_shard(value)) return std::nullopt;
      return "must be I/N with I from 0 to N - 1, or auto";
  }
  return std::nullopt;
}

std::optional<std::string> find_fault(const Positional& positional, const std::string& word) {
  if (word.empty()) return "must not be empty";
  if (positional.kind == Kind::kChoice) return find_choice_fault(positional.choices, word);
  return std::nullopt;
}

std::string range_in_words(const Option::Row& row) {
  if (!row.min && !row.max) return {};
  if (row.min && row.max && !row.min_excluded) return fmt::format("from {} to {}", *row.min, *row.max);
  std::string words;
  if (row.min) words = fmt::format("{} {}", row.min_excluded ? "above" : "at least", *row.min);
  if (row.max) words += fmt::format("{}at most {}", words.empty() ? "" : ", ", *row.max);
  return words;
}

}  // namespace vs::cli
