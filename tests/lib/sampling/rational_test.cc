#include "lib/sampling/rational.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>

#include "lib/core/error.h"

namespace vs::sampling {
namespace {

TEST_CASE("nearest product: halves away from zero, exact") {
  CHECK(nearest_product(1, {1, 2}) == 1);
  CHECK(nearest_product(-1, {1, 2}) == -1);
  CHECK(nearest_product(3, {1, 2}) == 2);
  CHECK(nearest_product(-3, {1, 2}) == -2);
  CHECK(nearest_product(1, {1, 3}) == 0);
  CHECK(nearest_product(2, {1, 3}) == 1);
  CHECK(nearest_product(-2, {1, 3}) == -1);
  CHECK(nearest_product(0, {7, 3}, {5, 11}) == 0);
  CHECK(nearest_product(1001, {1, 30000}, {30000, 1001}) == 1);
  // 2^62 would overflow on the way in 64 bits and lose digits in a double.
  const int64_t large = (int64_t{1} << 62) + 1;
  CHECK(nearest_product(large, {kMaxTerm, 1}, {1, kMaxTerm}) == large);
  CHECK(nearest_product(-large, {kMaxTerm, 1}, {1, kMaxTerm}) == -large);
}

TEST_CASE("nearest product: refuses what does not fit") {
  CHECK_THROWS_AS(nearest_product(std::numeric_limits<int64_t>::max(), {2, 1}), DataError);
  CHECK_THROWS_AS(nearest_product(1, {1, 0}), DataError);
  CHECK_THROWS_AS(nearest_product(1, {1, -2}), DataError);
  CHECK_THROWS_AS(nearest_product(1, {1, 1}, {kMaxTerm + 1, 1}), DataError);
}

TEST_CASE("nearest fraction") {
  CHECK(nearest_fraction(12.5) == Rational{25, 2});
  CHECK(nearest_fraction(4) == Rational{4, 1});
  CHECK(nearest_fraction(29.97) == Rational{2997, 100});
  CHECK(nearest_fraction(30000.0 / 1001.0) == Rational{30000, 1001});
  CHECK(nearest_fraction(0.1) == Rational{1, 10});
  CHECK(nearest_fraction(1.0 / 3.0) == Rational{1, 3});
  CHECK(nearest_fraction(3.141592653589793, 1000) == Rational{355, 113});
  CHECK(nearest_fraction(3.141592653589793, 100) == Rational{22, 7});
  // A step between two convergents: 3, 13/4, 16/5, 19/6 lie before 22/7.
  CHECK(nearest_fraction(3.141592653589793, 20) == Rational{19, 6});
  CHECK(nearest_fraction(static_cast<double>(kMaxTerm)) == Rational{kMaxTerm, 1});
  CHECK(nearest_fraction(1.0 / static_cast<double>(kMaxTerm)) == Rational{1, kMaxTerm});
  CHECK_THROWS_AS(nearest_fraction(0), std::invalid_argument);
  CHECK_THROWS_AS(nearest_fraction(-1), std::invalid_argument);
  CHECK_THROWS_AS(nearest_fraction(1e10), std::invalid_argument);
  CHECK_THROWS_AS(nearest_fraction(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
}

TEST_CASE("nearest fraction: no other fraction of these terms is nearer") {
  for (const double value : {0.7853981633974483, 2.718281828459045, 1.4142135623730951, 0.0314159}) {
    constexpr int64_t kLimit = 60;
    const double found = nearest_fraction(value, kLimit).value();
    for (int64_t num = 1; num <= kLimit; ++num)
      for (int64_t den = 1; den <= kLimit; ++den)
        REQUIRE(std::abs(found - value) <= std::abs(Rational{num, den}.value() - value));
  }
}

TEST_CASE("rates are read strictly") {
  CHECK(parse_rate("4", "--fps") == Rational{4, 1});
  CHECK(parse_rate("12.5", "--fps") == Rational{25, 2});
  CHECK(parse_rate("30000/1001", "--fps") == Rational{30000, 1001});
  for (const char* text : {"", "0", "-1", "x", "4x", "1/0", "0/1", "-1/2", "1/2/3", "nan", "inf", "1e20", "1e-20", "/"})
    CHECK_THROWS_AS(parse_rate(text, "--fps"), UsageError);
  CHECK_THROWS_WITH_AS(
      parse_rate("soon", "--fps"),
      "--fps soon: not a rate (give a positive number such as 4 or 12.5, or a fraction such as 30000/1001)",
      UsageError);
}

}  // namespace
}  // namespace vs::sampling
