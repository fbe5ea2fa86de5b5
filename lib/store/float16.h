// IEEE 754 half precision, as features are stored in.
#pragma once

#include <cstdint>

namespace vs::store {

/// The 16 bits of a half: sign, 5 bits of exponent, 10 of fraction.
struct Float16 {
  uint16_t bits = 0;
  bool operator==(const Float16&) const = default;
};

/// The nearest half, ties to even. Beyond 65504 (from 65520 on) infinity; not-a-number stays one.
Float16 to_float16(float value);
/// Exact.
float to_float(Float16 half);

}  // namespace vs::store
