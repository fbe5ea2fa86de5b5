#include "lib/store/float16.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace vs::store {
namespace {

TEST_CASE("every half is itself after a trip through float") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Float16 half{static_cast<uint16_t>(bits)};
    const bool is_nan = (bits & 0x7C00) == 0x7C00 && (bits & 0x3FF) != 0;
    if (is_nan) {
      CHECK(std::isnan(to_float(half)));
      CHECK(std::isnan(to_float(to_float16(to_float(half)))));
    } else {
      REQUIRE(to_float16(to_float(half)) == half);
    }
  }
}

TEST_CASE("known halves") {
  CHECK(to_float16(1.0F).bits == 0x3C00);
  CHECK(to_float16(-2.0F).bits == 0xC000);
  CHECK(to_float16(-0.0F).bits == 0x8000);
  CHECK(to_float16(65504.0F).bits == 0x7BFF);
  CHECK(to_float16(0.333251953125F).bits == 0x3555);
  CHECK(to_float16(std::numeric_limits<float>::infinity()).bits == 0x7C00);
}

TEST_CASE("between two halves the nearer one is taken, in the middle the even one") {
  for (uint16_t bits = 0; bits < 0x7BFF; ++bits) {
    const float low = to_float({bits}), high = to_float({static_cast<uint16_t>(bits + 1)});
    const float middle = low + (high - low) / 2;  // exact: floats have 13 bits more
    REQUIRE(to_float16(middle).bits == (bits % 2 == 0 ? bits : bits + 1));
    REQUIRE(to_float16(std::nextafter(middle, low)).bits == bits);
    REQUIRE(to_float16(std::nextafter(middle, high)).bits == bits + 1);
  }
}

TEST_CASE("numbers too large are infinite, numbers too small zero") {
  CHECK(to_float16(65519.99F).bits == 0x7BFF);
  CHECK(to_float16(65520.0F).bits == 0x7C00);
  CHECK(to_float16(-1e30F).bits == 0xFC00);
  CHECK(to_float16(0x1p-25F).bits == 0);
  CHECK(to_float16(0x1.000002p-25F).bits == 1);
  CHECK(to_float16(1e-40F).bits == 0);
}

}  // namespace
}  // namespace vs::store
