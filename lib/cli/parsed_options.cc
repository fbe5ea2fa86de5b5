#include "lib/cli/parsed_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace vs::cli {
namespace {

std::string valid_text(const std::string& text) { return is_valid_utf8(text) ? text : printable(text); }

/// The value as it stands in the manifest.
nlohmann::ordered_json json_value(const Option::Row& row, const std::string& text) {
  switch (row.kind) {
    case Kind::kInteger:
      return parse_integer(text).value();
    case Kind::kReal:
      return parse_real(text).value();
    case Kind::kFraction: {
      const Fraction fraction = parse_fraction(text).value();
      return fraction.denominator == 1 ? fmt::format("{}", fraction.numerator)
                                       : fmt::format("{}/{}", fraction.numerator, fraction.denominator);
    }
    case Kind::kSize: {
      const Size size = parse_size(text).value();
      return fmt::format("{}x{}", size.width, size.height);
    }
    case Kind::kFlag:
    case Kind::kText:
    case Kind::kChoice:
    case Kind::kInputPath:
    case Kind::kOutputPath:
    case Kind::kShard:
      break;
  }
  return valid_text(text);
}

}  // namespace

std::optional<Size> parse_size(std::string_view text) {
  const auto cross = text.find('x');
  if (cross == std::string_view::npos) return std::nullopt;
  const auto width = parse_integer(text.substr(0, cross));
  const auto height = parse_integer(text.substr(cross + 1));
  constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();
  if (!width || !height || *width < 1 || *height < 1 || *width > kLargest || *height > kLargest) return std::nullopt;
  return Size{*width, *height};
}

const ParsedOptions::Value& ParsedOptions::at(std::string_view name) const {
  for (const Value& value : values_) {
    if (value.row->name == name) return value;
  }
  throw std::logic_error(fmt::format("--{}: asked for, not in the table", name));
}

const ParsedOptions::Value& ParsedOptions::at(std::string_view name, std::initializer_list<Kind> kinds,
                                              bool needs_value) const {
  const Value& value = at(name);
  if (std::find(kinds.begin(), kinds.end(), value.row->kind) == kinds.end()) {
    throw std::logic_error(fmt::format("--{}: asked for as another kind", name));
  }
  if (needs_value && value.row->repeatable) throw std::logic_error(fmt::format("--{}: has several values", name));
  if (needs_value && value.texts.empty()) throw std::logic_error(fmt::format("--{}: asked for, not set", name));
  return value;
}

bool ParsedOptions::has(std::string_view name) const { return at(name).source != Source::kUnset; }

bool ParsedOptions::given(std::string_view name) const {
  const Source from = source(name);
  return from == Source::kEnvironment || from == Source::kCommandLine;
}

Source ParsedOptions::source(std::string_view name) const { return at(name).source; }

bool ParsedOptions::flag(std::string_view name) const {
  return at(name, {Kind::kFlag}, false).source != Source::kUnset;
}

const std::string& ParsedOptions::text(std::string_view name) const {
  return at(name, {Kind::kText, Kind::kChoice, Kind::kInputPath, Kind::kOutputPath}, true).texts.front();
}

std::string ParsedOptions::text_or(std::string_view name, const std::string& otherwise) const {
  return has(name) ? text(name) : otherwise;
}

int64_t ParsedOptions::integer(std::string_view name) const {
  return parse_integer(at(name, {Kind::kInteger}, true).texts.front()).value();
}

int64_t ParsedOptions::integer_or(std::string_view name, int64_t otherwise) const {
  return has(name) ? integer(name) : otherwise;
}

double ParsedOptions::real(std::string_view name) const {
  return parse_real(at(name, {Kind::kReal}, true).texts.front()).value();
}

double ParsedOptions::real_or(std::string_view name, double otherwise) const {
  return has(name) ? real(name) : otherwise;
}

Fraction ParsedOptions::fraction(std::string_view name) const {
  return parse_fraction(at(name, {Kind::kFraction}, true).texts.front()).value();
}

Size ParsedOptions::size(std::string_view name) const {
  return parse_size(at(name, {Kind::kSize}, true).texts.front()).value();
}

Shard ParsedOptions::shard(std::string_view name) const {
  if (!has(name)) return {};
  return parse_shard(at(name, {Kind::kShard}, true).texts.front()).value();
}

std::vector<std::string> ParsedOptions::texts(std::string_view name) const {
  return at(name, {Kind::kText, Kind::kChoice, Kind::kInputPath, Kind::kOutputPath}, false).texts;
}

std::vector<int64_t> ParsedOptions::integers(std::string_view name) const {
  std::vector<int64_t> numbers;
  for (const std::string& text : at(name, {Kind::kInteger}, false).texts) {
    numbers.push_back(parse_integer(text).value());
  }
  return numbers;
}

std::vector<double> ParsedOptions::reals(std::string_view name) const {
  std::vector<double> numbers;
  for (const std::string& text : at(name, {Kind::kReal}, false).texts) numbers.push_back(parse_real(text).value());
  return numbers;
}

void ParsedOptions::throw_no_such_choice(std::string_view name, const std::string& word) {
  throw std::logic_error(fmt::format("--{} {}: a choice without an enum value", name, word));
}

const std::vector<std::string>& ParsedOptions::positionals(std::string_view metavar) const {
  const auto at = positionals_.find(metavar);
  if (at == positionals_.end()) throw std::logic_error(fmt::format("{}: asked for, not in the table", metavar));
  return at->second;
}

std::string ParsedOptions::positional(std::string_view metavar) const {
  const auto& words = positionals(metavar);
  if (words.size() > 1) throw std::logic_error(fmt::format("{}: has several words", metavar));
  return words.empty() ? std::string() : words.front();
}

std::string ParsedOptions::command_line() const { return shell_line(command_); }

nlohmann::ordered_json ParsedOptions::parameters(bool with_run_options) const {
  auto object = nlohmann::ordered_json::object();
  for (const Value& value : values_) {
    const Option::Row& row = *value.row;
    const bool asks_about_program = row.name == "usage" || row.name == "help" || row.name == "version";
    if (row.hidden || asks_about_program || (row.run && !with_run_options)) continue;
    std::string key = row.name;
    std::replace(key.begin(), key.end(), '-', '_');
    if (row.kind == Kind::kFlag) {
      object[key] = value.source != Source::kUnset;
    } else if (row.repeatable) {
      auto list = nlohmann::ordered_json::array();
      for (const std::string& text : value.texts) list.push_back(json_value(row, text));
      object[key] = std::move(list);
    } else {
      object[key] = value.texts.empty() ? nlohmann::ordered_json() : json_value(row, value.texts.front());
    }
  }
  return object;
}

}  // namespace vs::cli
