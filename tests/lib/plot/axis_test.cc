#include "lib/plot/axis.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace vs::plot {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const Axis kLogAxis{.scale = Scale::kLog10};

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> out;
  for (const Tick& tick : ticks) out.push_back(tick.label);
  return out;
}
using Labels = std::vector<std::string>;

TEST_CASE("ticks: linear steps of 1, 2, 2.5 and 5") {
  CHECK(labels(make_ticks({0, 1}, {}, 5)) == Labels{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels(make_ticks({0, 100}, {}, 4)) == Labels{"0", "25", "50", "75", "100"});
  CHECK(labels(make_ticks({-3, 7}, {}, 5)) == Labels{"\u22122", "0", "2", "4", "6"});
  CHECK(labels(make_ticks({0, 3e6}, {}, 3)) == Labels{"0", "1\u00a0M", "2\u00a0M", "3\u00a0M"});
}

TEST_CASE("ticks: whole numbers have none between") {
  const Axis axis{.whole_numbers = true};
  CHECK(labels(make_ticks({0, 3}, axis, 10)) == Labels{"0", "1", "2", "3"});
  for (const Tick& tick : make_ticks({0, 10}, axis, 4)) CHECK(tick.value == std::round(tick.value));
}

TEST_CASE("ticks: decades of a logarithmic axis, their multiples over short ranges") {
  CHECK(labels(make_ticks({0.01, 1000}, kLogAxis, 6)) == Labels{"0.01", "0.1", "1", "10", "100", "1000"});
  CHECK(labels(make_ticks({1, 100}, kLogAxis, 8)) == Labels{"1", "2", "5", "10", "20", "50", "100"});
  const auto far = make_ticks({1e-20, 1e20}, kLogAxis, 5);
  CHECK(far.size() >= 3);
  CHECK(far.size() <= 6);
  CHECK(make_ticks({2, 3}, kLogAxis, 5).size() >= 2);
}

TEST_CASE("numbers for people") {
  CHECK(format_value(12500, 100) == "12\u2009500");
  CHECK(format_value(1234, 1) == "1234");
  CHECK(format_value(-0.5, 0.25) == "\u22120.50");
  CHECK(format_value(0, 0.1) == "0");
  CHECK(format_value(-1e-17, 0.1) == "0");
  CHECK(format_value(2.5e9, 5e8) == "2.5\u00a0G");
  CHECK(format_value(5e-6, 1e-6) == "5×10⁻⁶");
  CHECK(format_value(1e20, 1e20) == "10²⁰");
  CHECK(format_value(-1e20, 1e20) == "\u221210²⁰");
  CHECK(format_short(0.12345) == "0.123");
  CHECK(format_short(1.5) == "1.5");
  CHECK(format_short(980) == "980");
  CHECK(format_short(12345.6) == "12\u2009346");
  CHECK(format_short(2345678) == "2.35\u00a0M");
  CHECK(format_short(0) == "0");
  CHECK(format_short(-3.2) == "\u22123.2");
  CHECK(format_short(kNaN) == "none");
  CHECK(format_short(kInfinity) == "\u221e");
}

TEST_CASE("range: of the data, without what cannot be placed") {
  const std::vector<double> values = {3, kNaN, -2, kInfinity, 7};
  CHECK(data_range(values, {}).low == -2);
  CHECK(data_range(values, {}).high == 7);
  CHECK(data_range(values, kLogAxis).low == 3);
  const std::vector<double> positive = {4, 9};
  CHECK(data_range(positive, {}, true).low == 0);
  const Axis fixed{.low = 1, .high = 5};
  CHECK(data_range(values, fixed).low == 1);
  CHECK(data_range(values, fixed).high == 5);
}

TEST_CASE("range: empty, one value, equal values, ends the wrong way round") {
  CHECK(data_range({}, {}).high == 1);
  CHECK(data_range({}, kLogAxis).low == 1);
  for (const double value : {0.0, 5.0, -1e-300, 1e300, -1.7e308}) {
    const std::vector<double> same = {value, value};
    const Range range = data_range(same, {});
    CHECK(range.low < range.high);
    CHECK(std::isfinite(range.low));
    CHECK(std::isfinite(range.high));
  }
  const Range turned = data_range({}, Axis{.low = 5, .high = 2});
  CHECK(turned.low < turned.high);
  const Range turned_log = data_range({}, Axis{.scale = Scale::kLog10, .low = 5, .high = 2});
  CHECK(turned_log.low < turned_log.high);
  CHECK(turned_log.low > 0);
}

TEST_CASE("map: ends, middle, decades, reversed axes, the largest values") {
  const AxisMap linear({0, 10}, Scale::kLinear, 100, 0);
  CHECK(linear(0) == 100);
  CHECK(linear(10) == 0);
  CHECK(linear(2.5) == doctest::Approx(75));
  const AxisMap decades({1, 100}, Scale::kLog10, 0, 200);
  CHECK(decades(10) == doctest::Approx(100));
  const AxisMap huge({-1.7e308, 1.7e308}, Scale::kLinear, 0, 100);
  CHECK(huge(0) == doctest::Approx(50));
  CHECK(huge(0.85e308) == doctest::Approx(75));
}

TEST_CASE("property: ticks are inside, rising, distinct, as many as asked for or fewer than twice that") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 500; ++round) {
    const double size = std::pow(10.0, static_cast<double>(random() % 30) - 15);
    const double low = (static_cast<double>(random() % 2001) - 1000) / 1000 * size;
    const Range range{low, low + size * (1 + static_cast<double>(random() % 100)) / 50};
    const int target = 2 + static_cast<int>(random() % 9);
    const auto ticks = make_ticks(range, {}, target);
    CHECK(ticks.size() >= 1);
    CHECK(ticks.size() <= static_cast<size_t>(target) + 1);
    std::set<std::string> distinct;
    for (size_t i = 0; i < ticks.size(); ++i) {
      const double slack = (range.high - range.low) * 1e-6;
      CHECK(ticks[i].value >= range.low - slack);
      CHECK(ticks[i].value <= range.high + slack);
      if (i > 0) CHECK(ticks[i].value > ticks[i - 1].value);
      distinct.insert(ticks[i].label);
    }
    CHECK(distinct.size() == ticks.size());
    const Range wide = widened_to_ticks(range, {}, target);
    CHECK(wide.low <= range.low + size * 1e-6);
    CHECK(wide.high >= range.high - size * 1e-6);
  }
}

}  // namespace
}  // namespace vs::plot
