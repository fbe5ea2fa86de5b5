#include "lib/sampling/rational.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::sampling {
namespace {

__extension__ using Wide = __int128;

void check_term(Rational r) {
  const bool bad = r.den <= 0 || r.den > kMaxTerm || r.num < -kMaxTerm || r.num > kMaxTerm;
  if (bad) throw DataError("times", fmt::format("{}/{} is no usable fraction", r.num, r.den));
}

Wide magnitude(Wide x) { return x < 0 ? -x : x; }

}  // namespace

int64_t nearest_product(int64_t value, Rational a, Rational b) {
  check_term(a);
  check_term(b);
  const Wide top = Wide{value} * a.num * b.num;
  const Wide bottom = Wide{a.den} * b.den;
  // An odd divisor has no exact half, so that the shortened bottom / 2 rounds properly for it too.
  Wide quotient = (magnitude(top) + bottom / 2) / bottom;
  if (top < 0) quotient = -quotient;
  if (quotient > std::numeric_limits<int64_t>::max() || quotient < std::numeric_limits<int64_t>::min())
    throw DataError("times", fmt::format("{} ticks are out of range", value));
  return static_cast<int64_t>(quotient);
}

Rational inverse(Rational a) {
  if (!a.positive()) throw std::invalid_argument("inverse of a fraction that is not positive");
  return {a.den, a.num};
}

Rational nearest_fraction(double value, int64_t max_term) {
  if (!(value > 0) || max_term < 1 || max_term > kMaxTerm || value > static_cast<double>(max_term) ||
      1 / value > static_cast<double>(max_term))
    throw std::invalid_argument("nearest_fraction: value out of range");
  // The double as an exact fraction with a denominator of at most 2^62, which covers 53 bits of every value in range.
  int exponent = 0;
  std::frexp(value, &exponent);
  Wide den = Wide{1} << (62 - std::max(exponent - 1, 0));
  Wide num = static_cast<Wide>(std::floor(std::ldexp(value, 62 - std::max(exponent - 1, 0)) + 0.5));
  const Wide exact_num = num, exact_den = den;
  // Convergents of the continued fraction; the last step is cut where a term would become too large.
  Wide before_num = 0, before_den = 1, at_num = 1, at_den = 0;
  while (den != 0) {
    const Wide digit = num / den;
    const Wide next_num = digit * at_num + before_num, next_den = digit * at_den + before_den;
    if (next_num > max_term || next_den > max_term) {
      Wide cut = digit;
      if (at_num != 0) cut = std::min(cut, (max_term - before_num) / at_num);
      if (at_den != 0) cut = std::min(cut, (max_term - before_den) / at_den);
      const Wide cut_num = cut * at_num + before_num, cut_den = cut * at_den + before_den;
      const Wide error_at = magnitude(at_num * exact_den - exact_num * at_den) * cut_den;
      const Wide error_cut = magnitude(cut_num * exact_den - exact_num * cut_den) * at_den;
      if (at_den == 0 || (cut_den != 0 && error_cut < error_at)) {
        at_num = cut_num;
        at_den = cut_den;
      }
      break;
    }
    before_num = at_num;
    before_den = at_den;
    at_num = next_num;
    at_den = next_den;
    const Wide rest = num - digit * den;
    num = den;
    den = rest;
  }
  return {static_cast<int64_t>(at_num), static_cast<int64_t>(at_den)};
}

Rational parse_rate(std::string_view text, const std::string& place) {
  const auto bad = [&] {
    return UsageError(fmt::format("{} {}", place, text), "not a rate",
                      "give a positive number such as 4 or 12.5, or a fraction such as 30000/1001");
  };
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const Rational rate{parse_integer(text.substr(0, slash)).value_or(0),
                        parse_integer(text.substr(slash + 1)).value_or(0)};
    if (!rate.positive() || rate.num > kMaxTerm || rate.den > kMaxTerm) throw bad();
    return rate;
  }
  const double value = parse_real(text).value_or(0);
  const double limit = static_cast<double>(kMaxTerm);
  if (!(value > 0) || value > limit || 1 / value > limit) throw bad();
  return nearest_fraction(value);
}

}  // namespace vs::sampling
