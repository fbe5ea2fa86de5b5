// Exact fractions: time bases, frame rates, and their products rounded to whole numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vs::sampling {

/// num/den; den 0 or num 0 stands for "unknown" where a rate may be missing.
struct Rational {
  int64_t num = 0;
  int64_t den = 1;

  bool positive() const { return num > 0 && den > 0; }
  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  bool operator==(const Rational&) const = default;
};

/// The largest numerator and denominator that time bases and rates may have here, as in FFmpeg.
constexpr int64_t kMaxTerm = 2147483647;

/// value * a * b rounded to the nearest integer, halves away from zero; exact, no intermediate overflow.
///
/// a and b: den > 0, terms within +-kMaxTerm. Throws DataError if they are not or the result does not fit 64 bits.
int64_t nearest_product(int64_t value, Rational a, Rational b = {1, 1});

/// 1/a, which must be positive.
Rational inverse(Rational a);

/// The fraction nearest to `value` whose terms do not exceed `max_term`, in lowest terms.
///
/// 0 < value <= max_term and 1/value <= max_term, else throws std::invalid_argument. 12.5 gives 25/2, 29.97 gives
/// 2997/100.
Rational nearest_fraction(double value, int64_t max_term = kMaxTerm);

/// Reads a rate: "4", "12.5", "30000/1001". A decimal becomes its nearest fraction with 31-bit terms.
///
/// `place` names the option in the message. Throws UsageError for anything but a positive number or fraction.
Rational parse_rate(std::string_view text, const std::string& place);

}  // namespace vs::sampling
