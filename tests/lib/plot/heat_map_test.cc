#include "lib/plot/heat_map.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lib/core/error.h"

namespace vs::plot {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

HeatMap two_by_two(std::vector<double> values) {
  HeatMap map;
  map.title = "t";
  map.rows = {"a", "b<"};
  map.columns = {"c", "d"};
  map.values = std::move(values);
  return map;
}

TEST_CASE("cells that are not 0 are drawn, with their names and values") {
  const std::string svg = draw(two_by_two({1, 0, 0.25, std::nan("")}));
  CHECK(count(svg, "<title>") == 3);  // the chart's and two cells'
  CHECK(svg.find("a / c: 1.000") != std::string::npos);
  CHECK(svg.find("b&lt; / c: 0.250") != std::string::npos);
  CHECK(svg.find("#08306b") != std::string::npos);
}

TEST_CASE("values beyond 1 are as dark as 1, equal charts are equal bytes") {
  CHECK(draw(two_by_two({2, 0, 0, 0})).find("#08306b") != std::string::npos);
  CHECK(draw(two_by_two({1, 1, 0, 0})) == draw(two_by_two({1, 1, 0, 0})));
}

TEST_CASE("no classes, and a wrong number of values") {
  CHECK_NOTHROW(draw(HeatMap{}));
  CHECK_THROWS_AS(draw(two_by_two({1, 2, 3})), DataError);
}

TEST_CASE("names are left out where there is no room for them") {
  HeatMap map;
  for (int i = 0; i < 200; ++i) map.rows.push_back("class " + std::to_string(i));
  map.columns = map.rows;
  map.values.assign(200 * 200, 0);
  CHECK(draw(map).find(">class 1<") == std::string::npos);
}

}  // namespace
}  // namespace vs::plot
