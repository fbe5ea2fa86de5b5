#include "lib/store/json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace vs::store {
namespace {

/// Walks a text and tells where the parser is.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* position, const char** seen) : position_(position), seen_(seen) {}
  reference operator*() const {
    *seen_ = position_;
    return *position_;
  }
  Cursor& operator++() {
    ++position_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return position_ == other.position_; }

 private:
  const char* position_;
  const char** seen_;
};

/// Builds a value from the parser's events; unlike the library's own builder it bounds depth and number of values, and
/// does not take quadratic time for large objects.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(const JsonText& text, const JsonLimits& limits, const char* const* position)
      : text_(text), limits_(limits), position_(position) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override {
    keys_.pop_back();
    return end_array();
  }
  bool end_array() override {
    open_.pop_back();
    return true;
  }

  bool key(string_t& name) override {
    count();
    auto& members = open_.back()->get_ref<Json::object_t&>();
    if (keys_.back().insert(name).second) {
      members.emplace_back(name, nullptr);
      slot_ = &members.back().second;
      return true;
    }
    if (!limits_.allow_repeated_keys) fail("key \"" + printable(name.substr(0, 80)) + "\" stands here twice");
    slot_ = &members.find(name)->second;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    std::string words = error.what();
    // "[json.exception...] parse error at line L, column C: words" or "[json.exception...] words"
    const size_t bracket = words.find("] ");
    if (bracket != std::string::npos) words.erase(0, bracket + 2);
    const size_t column = words.find("column ");
    const size_t colon = column == std::string::npos ? column : words.find(": ", column);
    if (colon != std::string::npos) words.erase(0, colon + 2);
    words = printable(words);
    if (words.size() > 200) words = words.substr(0, 200) + "...";
    throw DataError(text_.place_of_byte(position ? position - 1 : 0), words);
  }

  Json take() { return std::move(root_); }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(text_.place_of_byte(static_cast<uint64_t>(*position_ - text_.text().data())), what);
  }

  void count() {
    if (++values_ > limits_.max_values) fail("holds more than " + std::to_string(limits_.max_values) + " values");
  }

  template <class Value>
  Json* put(Value&& value) {
    count();
    if (open_.empty()) {
      root_ = std::forward<Value>(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      auto& list = open_.back()->get_ref<Json::array_t&>();
      list.emplace_back(std::forward<Value>(value));
      return &list.back();
    }
    *slot_ = std::forward<Value>(value);
    return slot_;
  }

  template <class Value>
  bool add(Value&& value) {
    put(std::forward<Value>(value));
    return true;
  }

  bool open(Json value) {
    if (static_cast<int>(open_.size()) >= limits_.max_depth)
      fail("lists and objects are nested deeper than " + std::to_string(limits_.max_depth));
    const bool object = value.is_object();
    // A child is only added to the innermost open value, so pointers to the outer ones stay valid.
    open_.push_back(put(std::move(value)));
    if (object) keys_.emplace_back();
    return true;
  }

  const JsonText& text_;
  const JsonLimits& limits_;
  const char* const* position_;
  Json root_;
  Json* slot_ = nullptr;
  std::vector<Json*> open_;
  std::vector<std::unordered_set<std::string>> keys_;
  uint64_t values_ = 0;
};

bool is_plain(const Json& value) { return !value.is_structured() || value.empty(); }

void check_finite(const Json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    throw std::logic_error("a number in a JSON document is not finite");
}

std::string plain_text(const Json& value) {
  check_finite(value);
  try {
    return value.dump();
  } catch (const nlohmann::detail::exception&) {
    throw std::logic_error("text in a JSON document is not UTF-8");
  }
}

/// One line: "[1, 2]" or {"a": 1}.
std::string flat_text(const Json& value) {
  if (is_plain(value)) return plain_text(value);
  std::string line(1, value.is_object() ? '{' : '[');
  bool first = true;
  for (const auto& entry : value.items()) {
    if (!first) line += ", ";
    first = false;
    if (value.is_object()) line += plain_text(Json(entry.key())) + ": ";
    line += flat_text(entry.value());
  }
  line += value.is_object() ? '}' : ']';
  return line;
}

void write_indented(const Json& value, size_t indent, std::string& out) {
  constexpr size_t kWidth = 120;
  if (is_plain(value)) {
    out += plain_text(value);
    return;
  }
  if (std::all_of(value.begin(), value.end(), is_plain)) {
    const std::string line = flat_text(value);
    if (value.is_array() || indent + line.size() <= kWidth) {
      out += line;
      return;
    }
  }
  out += value.is_object() ? "{\n" : "[\n";
  bool first = true;
  for (const auto& entry : value.items()) {
    if (!first) out += ",\n";
    first = false;
    out.append(indent + 2, ' ');
    if (value.is_object()) out += plain_text(Json(entry.key())) + ": ";
    write_indented(entry.value(), indent + 2, out);
  }
  out += '\n';
  out.append(indent, ' ');
  out += value.is_object() ? '}' : ']';
}

}  // namespace

JsonText::JsonText(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}

JsonText JsonText::read(const std::string& path, const JsonLimits& limits) {
  if (path == "-") return {"standard input", read_standard_input(limits.max_bytes)};
  return {path, read_file(path, limits.max_bytes)};
}

std::string JsonText::place_of_byte(uint64_t offset) const {
  const std::string_view before = std::string_view(text_).substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n');
  const size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return name_ + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Json parse_json(const JsonText& text, const JsonLimits& limits) {
  const std::string& bytes = text.text();
  if (bytes.size() > limits.max_bytes)
    throw DataError(text.name(), "is larger than " + std::to_string(limits.max_bytes) + " bytes");
  const char* position = bytes.data();
  Builder builder(text, limits, &position);
  Json::sax_parse(Cursor(bytes.data(), &position), Cursor(bytes.data() + bytes.size(), &position), &builder);
  return builder.take();
}

Json read_json(const std::string& path, const JsonLimits& limits) {
  return parse_json(JsonText::read(path, limits), limits);
}

std::string json_document(const Json& value) {
  std::string out;
  write_indented(value, 0, out);
  out += '\n';
  return out;
}

std::string json_line(const Json& value) { return flat_text(value); }

void write_json(const std::string& path, const Json& value) { write_file_atomically(path, json_document(value)); }

std::string utf8_or_escaped(std::string_view bytes) {
  return is_valid_utf8(bytes) ? std::string(bytes) : printable(bytes);
}

std::string utf8_or_replaced(std::string_view bytes) {
  if (is_valid_utf8(bytes)) return std::string(bytes);
  const std::string quoted = Json(std::string(bytes)).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(quoted).get<std::string>();
}

void check_schema_number(const Json& document, std::string_view name, int version, const JsonText* text) {
  const auto place = [&](std::string_view pointer) { return text ? text->place_of_value(pointer) : std::string(name); };
  if (!document.is_object()) throw DataError(place(""), "is no JSON object");
  const auto found = document.find("schema");
  if (found == document.end() || !found->is_string())
    throw DataError(place(""), "has no \"schema\"",
                    "expected \"" + std::string(name) + "/" + std::to_string(version) + "\"");
  const auto& schema = found->get_ref<const std::string&>();
  const size_t slash = schema.rfind('/');
  const auto number =
      slash == std::string::npos ? std::nullopt : parse_integer(std::string_view(schema).substr(slash + 1));
  if (!number || *number < 1 || schema.substr(0, slash) != name)
    throw DataError(place("/schema"), "schema is \"" + printable(schema.substr(0, 80)) + "\"",
                    "expected \"" + std::string(name) + "/" + std::to_string(version) + "\"");
  if (*number > version)
    throw DataError(place("/schema"), "schema is \"" + schema + "\", this build reads up to " + std::to_string(version),
                    "a newer vs is needed");
}

}  // namespace vs::store
