#include "lib/store/config_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Without the underscores that Python allows between digits; nothing if one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::optional<Json> read_number(std::string_view text) {
  const auto plain = without_underscores(text);
  if (!plain || plain->empty()) return std::nullopt;
  const bool sign = (*plain)[0] == '+' || (*plain)[0] == '-';
  const std::string_view unsigned_text = std::string_view(*plain).substr(sign ? 1 : 0);
  if (unsigned_text.empty()) return std::nullopt;
  // from_chars takes no leading plus.
  const std::string_view signed_text = (*plain)[0] == '+' ? unsigned_text : std::string_view(*plain);
  if (std::all_of(unsigned_text.begin(), unsigned_text.end(), is_digit)) {
    const auto value = parse_integer(signed_text);
    if (!value) throw UsageError(std::string(text), "the number does not fit 64 bits");
    return Json(*value);
  }
  const std::string word = lower(unsigned_text);
  const bool negative = (*plain)[0] == '-';
  if (word == "nan") return Json{{"float", "nan"}};
  if (word == "inf" || word == "infinity") return Json{{"float", negative ? "-inf" : "inf"}};
  // A number begins with a digit or a point: no second sign.
  if (!is_digit(unsigned_text[0]) && unsigned_text[0] != '.') return std::nullopt;
  if (const auto value = parse_real(signed_text)) return Json(*value);
  return std::nullopt;
}

class ValueReader {
 public:
  explicit ValueReader(ConfigDialect dialect) : dialect_(dialect) {}

  Json read(std::string_view text, int depth) const {
    if (depth > kDeepest) throw UsageError(std::string(text.substr(0, 40)), "brackets nested too deep");
    const size_t begin = text.find_first_not_of("'\"");
    const size_t end = text.find_last_not_of("'\"");
    std::string value(begin == std::string_view::npos ? std::string_view() : text.substr(begin, end - begin + 1));
    std::erase(value, ' ');
    std::string_view rest = value;
    bool tuple = false;
    const auto enclosed = [&](char open, char close) {
      return !value.empty() && value.front() == open && value.back() == close;
    };
    if (enclosed('(', ')') || enclosed('[', ']')) {
      tuple = value.front() == '(';
      rest = value.size() < 2 ? std::string_view() : rest.substr(1, rest.size() - 2);
    } else if (value.find(',') == std::string::npos) {
      return read_plain(value);
    }
    Json list = Json::array();
    while (!rest.empty()) {
      const size_t comma = next_comma(rest);
      list.push_back(read(rest.substr(0, comma), depth + 1));
      rest = comma < rest.size() ? rest.substr(comma + 1) : std::string_view();
    }
    if (tuple) return Json{{"tuple", std::move(list)}};
    return list;
  }

 private:
  /// Place of the first comma outside brackets, the end if there is none.
  static size_t next_comma(std::string_view text) {
    const auto count = [&](char c) { return std::count(text.begin(), text.end(), c); };
    if (count('(') != count(')') || count('[') != count(']')) {
      throw UsageError(std::string(text), "unbalanced brackets");
    }
    int64_t round = 0, square = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == ',' && round == 0 && square == 0) return i;
      round += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
      square += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
    }
    return text.size();
  }

  Json read_plain(const std::string& text) const {
    if (auto number = read_number(trim(text))) return *number;
    const std::string word = lower(text);
    if (word == "true") return true;
    if (word == "false") return false;
    if (dialect_ == ConfigDialect::kMmengine && text == "None") return nullptr;
    return text;
  }

  ConfigDialect dialect_;
};

bool is_index(const std::string& key) { return !key.empty() && std::all_of(key.begin(), key.end(), is_digit); }

/// Special values are objects in JSON only.
bool is_object(const Json& value) {
  return value.is_object() && !(value.size() == 1 && (value.contains("tuple") || value.contains("float")));
}

Json merge(Json options, const Json& base, const std::string& place, int depth) {
  if (depth > kDeepest) throw DataError(place, "keys nested too deep");
  if (!is_object(options))
    throw DataError(place, "a plain value cannot be laid over an element of a list", "name a key of the element");
  if (!is_object(base) && !base.is_array()) throw DataError(place, "an object cannot be laid over a plain value");
  Json result = base;
  for (auto& [key, value] : options.items()) {
    const std::string here = place.empty() ? key : fmt::format("{}.{}", place, key);
    if (base.is_array()) {
      const auto index = is_index(key) ? parse_integer(key) : std::nullopt;
      if (!index) throw DataError(here, "a list has numbers as keys");
      if (*index >= static_cast<int64_t>(base.size())) {
        throw DataError(here, fmt::format("the list has {} elements", base.size()));
      }
      const auto at = static_cast<size_t>(*index);
      result[at] = merge(value, result[at], here, depth + 1);
      continue;
    }
    const auto found = result.find(key);
    bool replace = !is_object(value) || found == result.end();
    if (!replace) {
      if (const auto mark = value.find("_delete_"); mark != value.end()) {
        replace = *mark == true;
        value.erase("_delete_");
      }
    }
    if (replace) {
      result[key] = value;
    } else {
      result[key] = merge(value, *found, here, depth + 1);
    }
  }
  return result;
}

}  // namespace

Json parse_config_value(std::string_view text, ConfigDialect dialect) { return ValueReader(dialect).read(text, 0); }

Json parse_config_options(const std::vector<std::string>& arguments, ConfigDialect dialect) {
  Json options = Json::object();
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) throw UsageError(argument, "no \"=\"", "write KEY=VALUE");
    options[argument.substr(0, equals)] = parse_config_value(std::string_view(argument).substr(equals + 1), dialect);
  }
  return options;
}

Json merge_config_options(const Json& base, const Json& options) {
  Json nested = Json::object();
  for (const auto& [full_key, value] : options.items()) {
    Json* at = &nested;
    const auto keys = split(full_key, '.');
    for (size_t i = 0; i + 1 < keys.size(); ++i) {
      Json& next = (*at)[std::string(keys[i])];
      if (next.is_null()) next = Json::object();
      if (!is_object(next)) throw DataError(full_key, "an option before it is a plain value");
      at = &next;
    }
    (*at)[std::string(keys.back())] = value;
  }
  return merge(nested, base, {}, 0);
}

}  // namespace vs::store
