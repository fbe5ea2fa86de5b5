#include "lib/annot/json_records_internal.h"

#include <algorithm>
#include <limits>

#include "lib/annot/parsers_internal.h"
#include "lib/annot/text_lines.h"
#include "lib/core/text.h"

namespace vs::annot {
namespace {

constexpr int kMostPlaces = 100;
constexpr size_t kLongestFound = 60;

/// Line and column behind "name:line:column"; zeros if there are none.
std::pair<int64_t, int64_t> line_and_column(std::string_view place) {
  const size_t last = place.rfind(':');
  if (last == std::string_view::npos || last == 0) return {0, 0};
  const size_t before = place.rfind(':', last - 1);
  if (before == std::string_view::npos) return {0, 0};
  const auto line = parse_integer(place.substr(before + 1, last - before - 1));
  const auto column = parse_integer(place.substr(last + 1));
  if (!line || !column) return {0, 0};
  return {*line, *column};
}

}  // namespace

std::string pointer_step(std::string_view key) {
  std::string step = "/";
  for (char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

void keep_extras(const store::Json& object, Format format, std::initializer_list<std::string_view> known,
                 std::vector<Extra>& extras) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    extras.push_back({format, key, store::json_line(value)});
  }
}

void put_extras(store::Json& object, Format format, const std::vector<Extra>& extras) {
  for (const Extra& extra : extras) {
    if (extra.format != format || object.contains(extra.name)) continue;
    object[extra.name] = store::parse_json(store::JsonText(extra.name, extra.json));
  }
}

std::set<std::string> text_list(const Extra& extra) {
  std::set<std::string> texts;
  const store::Json value = store::parse_json(store::JsonText(extra.name, extra.json));
  if (!value.is_array()) return texts;
  for (const auto& element : value) {
    if (element.is_string()) texts.insert(element.get<std::string>());
  }
  return texts;
}

std::string text_of(const Extra* extra) {
  if (!extra) return {};
  const store::Json value = store::parse_json(store::JsonText(extra->name, extra->json));
  return value.is_string() ? value.get<std::string>() : std::string();
}

JsonRecords::JsonRecords(std::string_view bytes, ProblemList& problems)
    : problems_(&problems), text_(problems.file(), std::string(bytes)) {
  bool good = true;
  int64_t number = 0;
  std::string_view rest = bytes.substr(byte_order_mark(bytes));
  if (first_bad_utf8(rest)) {
    while (!rest.empty()) {
      ++number;
      const size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (const auto bad = first_bad_utf8(line)) {
        problems.add(ProblemCode::kBadUtf8, number, column_of(line, *bad), line, "UTF-8 text");
        good = false;
      }
    }
  }
  if (!good) return;
  try {
    store::JsonLimits limits;
    limits.allow_repeated_keys = true;
    document_ = store::parse_json(text_, limits);
  } catch (const DataError& error) {
    const auto [line, column] = line_and_column(error.place());
    problems.add(ProblemCode::kBadJson, line, column, {}, error.finding());
  }
}

const store::Json* JsonRecords::list() {
  if (!document_) return nullptr;
  if (!document_->is_array()) {
    problems_->add(ProblemCode::kBadJsonType, 0, 0, {}, "a list of records");
    return nullptr;
  }
  if (document_->empty()) {
    problems_->add(ProblemCode::kNoRecords, 0, 0, {}, "at least one record");
    return nullptr;
  }
  return &*document_;
}

void JsonRecords::add(ProblemCode code, const std::string& record, const std::string& pointer, std::string_view found,
                      std::string_view expected) {
  int64_t line = 0, column = 0;
  if (places_ < kMostPlaces) {
    ++places_;
    std::tie(line, column) = line_and_column(text_.place_of_value(pointer));
  }
  problems_->add(code, line, column, found, expected, record);
}

const store::Json* JsonRecords::member(const store::Json& object, const std::string& key, const std::string& record,
                                       const std::string& pointer) {
  const auto found = object.find(key);
  if (found == object.end()) {
    add(ProblemCode::kMissingKey, record, pointer, {}, "\"" + key + "\"");
    return nullptr;
  }
  return &*found;
}

std::optional<std::string> JsonRecords::text(const store::Json& value, const std::string& record,
                                             const std::string& pointer, std::string_view expected) {
  if (!value.is_string()) {
    add(ProblemCode::kBadJsonType, record, pointer, value.dump().substr(0, kLongestFound), expected);
    return std::nullopt;
  }
  const std::string& text = value.get_ref<const std::string&>();
  if (first_control(text) || text.find('\t') != std::string::npos) {
    add(ProblemCode::kControlCharacter, record, pointer, text, "text without control characters");
    return std::nullopt;
  }
  if (text.empty()) {
    add(ProblemCode::kMissingField, record, pointer, {}, expected);
    return std::nullopt;
  }
  return text;
}

std::optional<int32_t> JsonRecords::label(const store::Json& value, int64_t num_classes, const std::string& record,
                                          const std::string& pointer) {
  if (!value.is_number_integer()) {
    add(ProblemCode::kBadJsonType, record, pointer, value.dump().substr(0, kLongestFound), label_range(num_classes));
    return std::nullopt;
  }
  const bool huge = value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{std::numeric_limits<int32_t>::max()};
  const int64_t number = huge ? -1 : value.get<int64_t>();
  if (number < 0 || number > std::numeric_limits<int32_t>::max() || (num_classes > 0 && number >= num_classes)) {
    add(ProblemCode::kLabelOutOfRange, record, pointer, value.dump(), label_range(num_classes));
    return std::nullopt;
  }
  return static_cast<int32_t>(number);
}

}  // namespace vs::annot
