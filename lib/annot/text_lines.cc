#include "lib/annot/text_lines.h"

#include <algorithm>

#include "lib/core/text.h"

namespace vs::annot {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Length of the UTF-8 sequence at the start of `bytes`, 0 if it is none.
size_t utf8_length(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  size_t length = 0;
  unsigned char low = 0x80, high = 0xbf;  // bounds of the second byte
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
  }
  if (length == 0 || bytes.size() < length) return 0;
  if (at(1) < low || at(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (at(i) < 0x80 || at(i) > 0xbf) return 0;
  }
  return length;
}

}  // namespace

size_t byte_order_mark(std::string_view bytes) { return bytes.starts_with("\xef\xbb\xbf") ? 3 : 0; }

std::optional<size_t> first_bad_utf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = utf8_length(bytes.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

std::optional<size_t> first_control(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t') || c == 0x7f) return i;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return i;
  }
  return std::nullopt;
}

int64_t column_of(std::string_view line, size_t offset) {
  const std::string_view before = line.substr(0, std::min(offset, line.size()));
  return 1 + std::count_if(before.begin(), before.end(),
                           [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

std::vector<Line> text_lines(std::string_view bytes, ProblemList& problems) {
  std::vector<Line> lines;
  bytes.remove_prefix(byte_order_mark(bytes));
  int64_t number = 0;
  while (!bytes.empty()) {
    ++number;
    const size_t end = bytes.find('\n');
    std::string_view text = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (const auto bad = first_bad_utf8(text)) {
      problems.add(ProblemCode::kBadUtf8, number, column_of(text, *bad), text, "UTF-8 text");
    } else if (const auto control = first_control(text)) {
      problems.add(ProblemCode::kControlCharacter, number, column_of(text, *control), text,
                   "text without control characters");
    } else if (!trim_blanks(text).empty()) {
      lines.push_back({number, text});
    }
  }
  return lines;
}

std::vector<Field> blank_fields(std::string_view line) {
  std::vector<Field> fields;
  int64_t column = 1;
  for (size_t i = 0; i < line.size();) {
    if (is_blank(line[i])) {
      ++i;
      ++column;
      continue;
    }
    size_t end = i;
    while (end < line.size() && !is_blank(line[end])) ++end;
    const std::string_view text = line.substr(i, end - i);
    fields.push_back({text, column});
    column += column_of(text, text.size()) - 1;
    i = end;
  }
  return fields;
}

std::vector<Field> delimited_fields(std::string_view line, char delimiter) {
  std::vector<Field> fields;
  int64_t column = 1;
  for (const std::string_view piece : split(line, delimiter)) {
    size_t lead = 0;
    while (lead < piece.size() && is_blank(piece[lead])) ++lead;
    const std::string_view text = trim_blanks(piece);
    fields.push_back({text, column + (text.empty() ? 0 : static_cast<int64_t>(lead))});
    column += column_of(piece, piece.size());
  }
  return fields;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

IntegerForm read_integer(std::string_view text, int64_t& value) {
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return IntegerForm::kNotAnInteger;
  }
  const auto parsed = parse_integer(text);
  if (!parsed) return IntegerForm::kTooLarge;
  value = *parsed;
  return IntegerForm::kInteger;
}

}  // namespace vs::annot
