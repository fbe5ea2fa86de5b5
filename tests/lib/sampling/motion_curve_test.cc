#include "lib/sampling/motion_curve.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "lib/core/error.h"

namespace vs::sampling {
namespace {

using Values = std::vector<double>;

TEST_CASE("sums add in numpy's order") {
  const auto harmonic = [](size_t n) {
    Values values;
    for (size_t i = 0; i < n; ++i) values.push_back(1 / static_cast<double>(1 + i));
    return pairwise_sum(values);
  };
  CHECK(harmonic(0) == 0);
  CHECK(harmonic(1) == 1);
  CHECK(harmonic(7) == 2.5928571428571425);
  CHECK(harmonic(9) == 2.8289682539682537);
  CHECK(harmonic(100) == 5.187377517639621);
  CHECK(harmonic(129) == 5.440899030573669);
  CHECK(harmonic(300) == 6.282663880299504);
  CHECK(harmonic(1200) == 7.667709109473925);
}

TEST_CASE("curves: shares of the smoothed motion, summed up") {
  const Values motion{1, 4, 9, 16};
  CHECK(motion_curve(motion) == Values{0.1, 0.1 + 0.2, 0.1 + 0.2 + 0.3, 0.1 + 0.2 + 0.3 + 0.4});
  const Values plain = motion_curve(motion, 1);
  CHECK(plain[0] == 1.0 / 30);
  CHECK(plain[1] == 1.0 / 30 + 4.0 / 30);
  CHECK(motion_curve(Values{0, 7, 0, 2}, 0) == Values{0.25, 0.5, 0.75, 1});
  CHECK(motion_curve(Values{16, 81}, 0.25)[0] == doctest::Approx(0.4).epsilon(1e-15));
  CHECK(motion_curve(Values{}).empty());
  CHECK(motion_curve(Values{0.3}) == Values{1});
}

TEST_CASE("curves: stand still where nothing moves, all zero without any motion") {
  CHECK(motion_curve(Values{0, 0, 4, 0, 4, 0}) == Values{0, 0, 0.5, 0.5, 1, 1});
  CHECK(motion_curve(Values(20, 0.0)) == Values(20, 0.0));
  const Values tiny = motion_curve(Values{1e-300, 0, 1e-300});
  CHECK(tiny == Values{0.5, 0.5, 1});
}

TEST_CASE("curves: bad motion and bad exponents are refused by position") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(motion_curve(Values{1, -0.5}), "motion value 1: -0.5 is not a motion (values are 0 or more)",
                       DataError);
  CHECK_THROWS_AS(motion_curve(Values{std::nan("")}), DataError);
  CHECK_THROWS_AS(motion_curve(Values{kInf}), DataError);
  CHECK_THROWS_AS(motion_curve(Values{1e308, 1e308}, 1), DataError);
  CHECK_THROWS_AS(motion_curve(Values{1}, -1), UsageError);
  CHECK_THROWS_AS(motion_curve(Values{1}, std::nan("")), UsageError);
}

}  // namespace
}  // namespace vs::sampling
