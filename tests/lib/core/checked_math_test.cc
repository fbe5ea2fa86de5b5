#include "lib/core/checked_math.h"

#include <doctest/doctest.h>

#include <limits>

namespace vs {

TEST_CASE("sums are exact up to the ends of 64 bits and refused beyond") {
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min(), kHigh = std::numeric_limits<int64_t>::max();
  CHECK(checked_add(kHigh - 1, 1) == kHigh);
  CHECK(checked_add(kLow + 1, -1) == kLow);
  CHECK(checked_subtract(-1, kHigh) == kLow);
  CHECK(checked_subtract(-1, kLow) == kHigh);
  CHECK_THROWS_AS(checked_add(kHigh, 1), DataError);
  CHECK_THROWS_AS(checked_add(kLow, -1), DataError);
  CHECK_THROWS_AS(checked_subtract(kLow, 1), DataError);
  CHECK_THROWS_AS(checked_subtract(0, kLow), DataError);
}

}  // namespace vs
