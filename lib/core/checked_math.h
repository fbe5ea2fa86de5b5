// Sums of numbers that foreign files give.
#pragma once

#include <cstdint>

#include "lib/core/error.h"

namespace vs {

/// a + b. Throws DataError if that does not fit 64 bits.
inline int64_t checked_add(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw DataError("times", "a frame time is out of range");
  return sum;
}

/// a - b. Throws DataError if that does not fit 64 bits.
inline int64_t checked_subtract(int64_t a, int64_t b) {
  int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) throw DataError("times", "a frame time is out of range");
  return difference;
}

}  // namespace vs
