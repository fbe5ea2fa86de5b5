// Floating-point numbers of 16 bits with any split between exponent and fraction.
#pragma once

#include <cmath>
#include <cstdint>

namespace vs::cuda::emulation {

template <int kExponentBits, int kFractionBits>
float from_small(uint16_t bits) {
  constexpr int kBias = (1 << (kExponentBits - 1)) - 1, kTop = (1 << kExponentBits) - 1;
  const int fraction = bits & ((1 << kFractionBits) - 1), exponent = bits >> kFractionBits & kTop;
  float value = 0;
  if (exponent == kTop) {
    value = fraction ? NAN : INFINITY;
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), 1 - kBias - kFractionBits);
  } else {
    value = std::ldexp(static_cast<float>(fraction + (1 << kFractionBits)), exponent - kBias - kFractionBits);
  }
  return bits >> 15 ? -value : value;
}

/// Rounds to nearest, ties to even; too large becomes infinite.
template <int kExponentBits, int kFractionBits>
uint16_t to_small(float value) {
  constexpr int kBias = (1 << (kExponentBits - 1)) - 1, kTop = (1 << kExponentBits) - 1;
  const int sign = std::signbit(value) ? 1 << 15 : 0;
  if (std::isnan(value)) return static_cast<uint16_t>(sign | (kTop << kFractionBits) | (1 << (kFractionBits - 1)));
  if (std::isinf(value)) return static_cast<uint16_t>(sign | kTop << kFractionBits);
  int exponent = value == 0 ? 1 - kBias : std::ilogb(value);
  if (exponent < 1 - kBias) exponent = 1 - kBias;
  // The number in steps of its last place; a carry out of the fraction goes into the exponent as it should.
  const double steps = std::nearbyint(std::ldexp(std::fabs(static_cast<double>(value)), kFractionBits - exponent));
  const int64_t magnitude = static_cast<int64_t>(steps) + (static_cast<int64_t>(exponent + kBias - 1) << kFractionBits);
  constexpr int64_t kInfinite = int64_t{kTop} << kFractionBits;
  return static_cast<uint16_t>(sign | static_cast<int>(magnitude < kInfinite ? magnitude : kInfinite));
}

}  // namespace vs::cuda::emulation
