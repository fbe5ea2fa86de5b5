// Foreign text, cut into checked lines and fields. Nothing here trusts its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/annot/problem.h"

namespace vs::annot {

/// One line that holds something: valid UTF-8 without control characters other than tabs.
struct Line {
  int64_t number = 0;     ///< 1-based
  std::string_view text;  ///< without the line end
};

/// One field of a line.
struct Field {
  std::string_view text;
  int64_t column = 0;  ///< 1-based, in characters
};

/// Lines of `bytes` that hold something, LF or CRLF; a byte-order mark at the start is skipped, blank lines too. Bad
/// lines (kBadUtf8, kControlCharacter) go to `problems` and are left out. The views point into `bytes`.
std::vector<Line> text_lines(std::string_view bytes, ProblemList& problems);

/// Offset behind a byte-order mark, 0 or 3.
size_t byte_order_mark(std::string_view bytes);
/// Offset of the first byte that is not UTF-8 (overlong forms and surrogates included).
std::optional<size_t> first_bad_utf8(std::string_view bytes);
/// Offset of the first control character other than tab (C0, DEL, C1) of valid UTF-8.
std::optional<size_t> first_control(std::string_view text);
/// 1-based column, in characters, of a byte offset.
int64_t column_of(std::string_view line, size_t offset);

/// Fields between runs of blanks and tabs; none is empty.
std::vector<Field> blank_fields(std::string_view line);
/// Fields between single delimiters, blanks around each cut off; fields may be empty.
std::vector<Field> delimited_fields(std::string_view line, char delimiter);
/// Without blanks and tabs at both ends.
std::string_view trim_blanks(std::string_view text);

/// How a text reads as an integer.
enum class IntegerForm { kInteger, kNotAnInteger, kTooLarge };
/// ASCII digits, optionally after '-'. kTooLarge if it is one but does not fit 64 bits.
IntegerForm read_integer(std::string_view text, int64_t& value);

}  // namespace vs::annot
