#include "lib/cli/value_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
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

std::optional<std::string> find_choice_fault(const std::vector<Choice>& choices, const std::vector<Choice>& absent,
                                             const std::string& value) {
  for (const Choice& word : absent) {
    if (word.value == value) return fmt::format("not in this version: {}", word.help);
  }
  std::vector<std::string> words;
  for (const Choice& choice : choices) {
    if (choice.value == value) return std::nullopt;
    words.push_back(choice.value);
  }
  if (const auto nearest = nearest_word(value, words)) return fmt::format("unknown, nearest is \"{}\"", *nearest);
  return fmt::format("unknown (one of {})", join(words, ", "));
}

std::optional<std::string> find_path_fault(const std::string& value, bool folder) {
  std::error_code code;
  const auto status = std::filesystem::status(value, code);
  if (status.type() == std::filesystem::file_type::not_found) return "no such file or folder";
  if (code) return fmt::format("cannot be looked at: {}", code.message());
  if (::access(value.c_str(), R_OK) != 0) return fmt::format("cannot be read: {}", std::strerror(errno));
  if (folder && !std::filesystem::is_directory(status)) return "is not a folder";
  return std::nullopt;
}

std::optional<std::string> find_input_fault(const Option::Row& row, const std::string& value, bool look_at_files) {
  if (value == "-") {
    return row.dash ? std::nullopt : std::optional<std::string>("standard input is not possible here");
  }
  return look_at_files ? find_path_fault(value, row.folder) : std::nullopt;
}

/// ".svg", ".h5, .hdf5 or .json".
std::string suffixes_in_words(const std::vector<std::string>& suffixes) {
  std::vector<std::string> words;
  for (const std::string& suffix : suffixes) words.push_back("." + suffix);
  return alternatives(words);
}

std::optional<std::string> find_output_fault(const Option::Row& row, const std::string& value) {
  if (value == "-") {
    return row.dash ? std::nullopt : std::optional<std::string>("standard output is not possible here");
  }
  const bool fits = row.suffixes.empty() || std::any_of(row.suffixes.begin(), row.suffixes.end(),
                                                        [&](const auto& end) { return value.ends_with("." + end); });
  if (fits) return std::nullopt;
  return fmt::format("must end in {}", suffixes_in_words(row.suffixes));
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
      return find_choice_fault(row.choices, row.absent, value);
    case Kind::kInputPath:
      return find_input_fault(row, value, look_at_files);
    case Kind::kOutputPath:
      return find_output_fault(row, value);
    case Kind::kFraction: {
      const auto number = parse_fraction(value);
      if (number) return find_range_fault(row, number->value());
      const auto beyond = parse_real(value);
      const auto fault = beyond ? find_range_fault(row, *beyond) : std::nullopt;
      return fault ? fault : "must be a number or a fraction such as 25, 12.5 or 30000/1001";
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
  if (positional.kind == Kind::kChoice) return find_choice_fault(positional.choices, {}, word);
  if (positional.must_exist && word != "-") return find_path_fault(word, positional.folder);
  return std::nullopt;
}

std::string alternatives(const std::vector<std::string>& words) {
  if (words.size() < 2) return join(words, "");
  return join({words.begin(), words.end() - 1}, ", ") + " or " + words.back();
}

std::string in_words(const Need& need) {
  std::vector<std::string> conditions;
  for (const Condition& condition : need.any_of) {
    std::string words = "--" + condition.option;
    if (!condition.values.empty()) words += " " + alternatives(condition.values);
    conditions.push_back(std::move(words));
  }
  return alternatives(conditions);
}

std::string range_in_words(const Option::Row& row) {
  if (row.kind == Kind::kOutputPath && !row.suffixes.empty()) return "ending in " + suffixes_in_words(row.suffixes);
  if (!row.min && !row.max) return {};
  if (row.min && row.max && !row.min_excluded) return fmt::format("from {} to {}", *row.min, *row.max);
  std::string words;
  if (row.min) words = fmt::format("{} {}", row.min_excluded ? "above" : "at least", *row.min);
  if (row.max) words += fmt::format("{}at most {}", words.empty() ? "" : ", ", *row.max);
  return words;
}

}  // namespace vs::cli
