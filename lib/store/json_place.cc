// Finds the bytes of a value in a JSON text that is known to be well formed.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::store {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {
    if (text.starts_with("\xEF\xBB\xBF")) at_ = 3;
    skip_blanks();
  }

  size_t position() const { return at_; }
  bool at(char character) const { return at_ < text_.size() && text_[at_] == character; }

  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  void step() {
    if (at_ < text_.size()) ++at_;
    skip_blanks();
  }

  /// A string with its quotes.
  std::string_view take_string() {
    const size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    const std::string_view raw = text_.substr(start, at_ - start);
    skip_blanks();
    return raw;
  }

  void skip_value() {
    int depth = 0;
    do {
      if (at('"')) {
        take_string();
      } else if (at('{') || at('[')) {
        ++depth;
        step();
      } else if (at('}') || at(']')) {
        --depth;
        step();
      } else if (at(',') || at(':')) {
        step();
      } else {
        while (at_ < text_.size() && std::string_view(" \t\r\n,:]}").find(text_[at_]) == std::string_view::npos) ++at_;
        skip_blanks();
      }
    } while (depth > 0 && at_ < text_.size());
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

std::string unescaped(std::string_view token) {
  std::string out;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      out += token[++i] == '1' ? '/' : '~';
    } else {
      out += token[i];
    }
  }
  return out;
}

struct Places {
  size_t key = 0, value = 0;
};

Places find_places(std::string_view text, std::string_view pointer) {
  Scanner scanner(text);
  Places places{scanner.position(), scanner.position()};
  if (pointer.empty()) return places;
  for (const std::string_view part : split(pointer.substr(1), '/')) {
    const std::string token = unescaped(part);
    bool found = false;
    if (scanner.at('{')) {
      scanner.step();
      while (scanner.at('"') && !found) {
        const size_t key_position = scanner.position();
        const std::string_view raw = scanner.take_string();
        if (scanner.at(':')) scanner.step();
        const Json key = Json::parse(raw, nullptr, false);
        if (key.is_string() && key.get_ref<const std::string&>() == token) {
          found = true;
          places = {key_position, scanner.position()};
        } else {
          scanner.skip_value();
          if (scanner.at(',')) scanner.step();
        }
      }
    } else if (scanner.at('[')) {
      const auto index = parse_integer(token);
      scanner.step();
      for (int64_t i = 0; index && i < *index && !scanner.at(']'); ++i) {
        scanner.skip_value();
        if (!scanner.at(',')) break;
        scanner.step();
      }
      found = index.has_value() && !scanner.at(']');
      if (found) places = {scanner.position(), scanner.position()};
    }
    if (!found) return places;
  }
  return places;
}

}  // namespace

std::string JsonText::place_of_value(std::string_view pointer) const {
  return place_of_byte(find_places(text_, pointer).value);
}

std::string JsonText::place_of_key(std::string_view pointer) const {
  return place_of_byte(find_places(text_, pointer).key);
}

}  // namespace vs::store
