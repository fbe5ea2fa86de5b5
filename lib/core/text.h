// Small text work: numbers read strictly, nearest words, human sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vs {

/// A fraction in lowest terms, denominator above 0.
struct Fraction {
  int64_t numerator = 0, denominator = 1;
  double value() const { return static_cast<double>(numerator) / static_cast<double>(denominator); }
  bool operator==(const Fraction&) const = default;
};

/// ASCII digits, optionally after '-'; the whole text; nothing if it is not a number or does not fit in 64 bits.
std::optional<int64_t> parse_integer(std::string_view text);
/// A finite decimal number ("1", "-0.5", "1e-3"); the whole text, independent of the locale.
std::optional<double> parse_real(std::string_view text);
/// "25", "30000/1001", "12.5", "29.97". A decimal is taken as written (2997/100) and brought to lowest terms; terms
/// must fit in 31 bits.
std::optional<Fraction> parse_fraction(std::string_view text);

/// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours), first one among equals;
/// nothing if all are further than a third of the word's length, at least 2.
std::optional<std::string> nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// Pieces between separators, empty ones kept; "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Without blanks, tabs and line ends at both sides.
std::string_view trim(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
bool is_valid_utf8(std::string_view bytes);
/// Text that is safe to show on a terminal: control characters and bad UTF-8 as \xNN.
std::string printable(std::string_view bytes);
/// The word as POSIX sh reads it back: unchanged if only safe characters, else in single quotes.
std::string shell_quoted(std::string_view word);
/// Words as one command line for sh.
std::string shell_line(const std::vector<std::string>& words);

/// "731 B", "4.2 MB" (powers of 1000).
std::string human_bytes(uint64_t bytes);
/// "0.4 s", "12 s", "3 min 05 s", "2 h 11 min".
std::string human_duration(double seconds);

}  // namespace vs
