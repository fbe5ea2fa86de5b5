#include "lib/store/float16.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vs::store {
namespace {

constexpr uint32_t kInfinity = 0x7C00, kNan = 0x7E00;
constexpr int kFractionBits = 10, kSmallestExponent = -14;  // of a half that is not subnormal

}  // namespace

Float16 to_float16(float value) {
  const auto sign = static_cast<uint32_t>(std::signbit(value) ? 0x8000 : 0);
  if (std::isnan(value)) return {static_cast<uint16_t>(sign | kNan)};
  const float size = std::fabs(value);
  if (size >= 65520.0F) return {static_cast<uint16_t>(sign | kInfinity)};
  if (size == 0.0F) return {static_cast<uint16_t>(sign)};
  // In units of the last bit that a half of this size has; such a step is a power of two, the division is exact.
  const int exponent = std::max(std::ilogb(size), kSmallestExponent);
  const double units = std::ldexp(static_cast<double>(size), kFractionBits - exponent);
  const double whole = std::floor(units), rest = units - whole;
  auto count = static_cast<uint32_t>(whole);
  if (rest > 0.5 || (rest == 0.5 && count % 2 == 1)) ++count;
  // A carry runs over into the exponent as it should: the bits are those of the next power of two.
  const auto biased = static_cast<uint32_t>(exponent - kSmallestExponent);
  return {static_cast<uint16_t>(sign | ((biased << kFractionBits) + count))};
}

float to_float(Float16 half) {
  const int exponent = (half.bits >> kFractionBits) & 31, fraction = half.bits & 1023;
  float value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), kSmallestExponent - kFractionBits);
  } else {
    value = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  }
  return (half.bits & 0x8000) != 0 ? -value : value;
}

}  // namespace vs::store
