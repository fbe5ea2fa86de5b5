// Properties that hold for every chart, and what each kind draws.
#include <doctest/doctest.h>

#include <clocale>
#include <cmath>
#include <limits>
#include <numeric>
#include <regex>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/plot/bar_chart.h"
#include "lib/plot/line_chart.h"
#include "lib/plot/scatter_chart.h"
#include "lib/plot/svg.h"
#include "tests/lib/plot/well_formed.h"

namespace vs::plot {
namespace {

using test::count_of;
using test::xml_fault;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Well-formed, and no number that is not one.
void check_svg(const std::string& svg) {
  CHECK(xml_fault(svg) == "");
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
  CHECK(svg.find("font-family=\"sans-serif\"") != std::string::npos);
}

struct TextSpan {
  double left, right;
};

/// The tick labels below the plot: texts of size 11 in the middle of their point, in the lowest such row.
std::vector<TextSpan> bottom_labels(const std::string& svg) {
  static const std::regex kText("<text x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" font-size=\"11\"[^>]*middle\">([^<]*)</text>");
  double lowest = 0;
  std::vector<std::pair<double, TextSpan>> all;
  for (std::sregex_iterator it(svg.begin(), svg.end(), kText), end; it != end; ++it) {
    const double x = std::stod((*it)[1]);
    const double y = std::stod((*it)[2]);
    const double half = text_width((*it)[3].str(), 11) / 2;
    all.push_back({y, {x - half, x + half}});
    lowest = std::max(lowest, y);
  }
  std::vector<TextSpan> row;
  for (const auto& [y, span] : all) {
    if (y == lowest) row.push_back(span);
  }
  return row;
}

LineChart curve(size_t count) {
  LineChart chart;
  chart.title = "Motion & <frames>";
  chart.x = {.label = "frame", .whole_numbers = true};
  chart.y = {.label = "motion", .unit = "1 - SSIM"};
  Series series{"motion", {}, {}};
  for (size_t i = 0; i < count; ++i) {
    series.x.push_back(static_cast<double>(i));
    series.y.push_back(std::sin(static_cast<double>(i)));
  }
  chart.series = {series};
  return chart;
}

TEST_CASE("equal charts give equal bytes, whatever the locale") {
  const std::string before = draw(curve(50));
  const char* old = std::setlocale(LC_ALL, nullptr);
  const std::string kept = old == nullptr ? "C" : old;
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) std::setlocale(LC_ALL, name);
  CHECK(draw(curve(50)) == before);
  std::setlocale(LC_ALL, kept.c_str());
  check_svg(before);
  CHECK(before.find("Motion &amp; &lt;frames&gt;") != std::string::npos);
  CHECK(before.find("motion (1 - SSIM)") != std::string::npos);
}

TEST_CASE("line chart: no series, no points, one point, only gaps") {
  LineChart chart;
  check_svg(draw(chart));
  CHECK(draw(chart).find("no data") != std::string::npos);
  chart.series = {{"empty", {}, {}}};
  CHECK(draw(chart).find("no data") != std::string::npos);
  chart.series = {{"gaps", {0, 1}, {kNaN, kInfinity}}};
  CHECK(draw(chart).find("no data") != std::string::npos);
  check_svg(draw(chart));
  chart.series = {{"one", {3}, {4}}};
  CHECK(draw(chart).find("no data") == std::string::npos);
  CHECK(count_of(draw(chart), "<circle") == 1);
  check_svg(draw(chart));
}

TEST_CASE("line chart: a gap splits the line, a lone point is a dot") {
  LineChart chart;
  chart.series = {{"", {0, 1, 2, 3, 4, 5, 6}, {1, 2, kNaN, 3, kNaN, 4, 5}}};
  const std::string svg = draw(chart);
  CHECK(count_of(svg, "<polyline") == 2);
  CHECK(count_of(svg, "<circle") == 1);
}

TEST_CASE("line chart: x and y of different lengths are refused by name") {
  LineChart chart;
  chart.series = {{"curve", {0, 1}, {1}}};
  CHECK_THROWS_WITH_AS(draw(chart), doctest::Contains("curve: 2 x values and 1 y values"), DataError);
}

TEST_CASE("line chart: looks") {
  LineChart chart;
  chart.series = {{"s", {0, 1, 2}, {1, 3, 2}, Look::kMarkers}};
  CHECK(count_of(draw(chart), "<polyline") == 0);
  CHECK(count_of(draw(chart), "<circle") == 3 + 1);  // one in the legend
  chart.series[0].look = Look::kLineAndMarkers;
  CHECK(count_of(draw(chart), "<polyline") == 1);
  const size_t other_lines = count_of(draw(chart), "<line") - 1;  // the legend's
  chart.series[0].look = Look::kStems;
  CHECK(count_of(draw(chart), "<polyline") == 0);
  CHECK(count_of(draw(chart), "<line") == other_lines + 3 + 1);
  chart.series[0].look = Look::kSteps;
  // Three points make five corners: a value holds until the next point.
  static const std::regex kPoints("<polyline points=\"([^\"]*)\"");
  std::smatch match;
  const std::string steps = draw(chart);
  REQUIRE(std::regex_search(steps, match, kPoints));
  CHECK(count_of(match[1].str(), ",") == 5);
}

TEST_CASE("line chart: many points are thinned, but keep their extremes") {
  LineChart chart = curve(200000);
  chart.series[0].y[123456] = 50;
  const std::string svg = draw(chart);
  CHECK(svg.size() < 100000);
  LineChart without = curve(200000);
  CHECK(draw(without) != svg);
  check_svg(svg);
}

TEST_CASE("line chart: largest, smallest and non-positive values on either scale") {
  for (const Scale scale : {Scale::kLinear, Scale::kLog10}) {
    LineChart chart;
    chart.x.scale = scale;
    chart.y.scale = scale;
    const double most = std::numeric_limits<double>::max();
    const double least = std::numeric_limits<double>::denorm_min();
    chart.series = {{"extreme", {least, 1, most, -most, 0}, {most, 0, -most, 1, least}, Look::kLineAndMarkers}};
    check_svg(draw(chart));
    chart.series = {{"equal", {7, 7}, {most, most}, Look::kStems}};
    check_svg(draw(chart));
    chart.series = {{"tiny", {least, least}, {least, least}}};
    check_svg(draw(chart));
  }
}

TEST_CASE("guides and bands: drawn inside only, labels escaped, overlapping labels left out") {
  LineChart chart = curve(11);
  const size_t plain = count_of(draw(chart), "stroke-dasharray");
  chart.guides = {{Direction::kVertical, 5, "a<b"},
                  {Direction::kVertical, 5.01, "hidden"},
                  {Direction::kHorizontal, 0.5, "level"},
                  {Direction::kVertical, 99, "outside"},
                  {Direction::kHorizontal, kNaN, "none"}};
  chart.bands = {{Direction::kVertical, 8, 6, "band"}, {Direction::kHorizontal, -9, -8, "outside"}};
  const std::string svg = draw(chart);
  check_svg(svg);
  CHECK(count_of(svg, "stroke-dasharray") == plain + 3);
  CHECK(svg.find("a&lt;b") != std::string::npos);
  CHECK(svg.find(">hidden<") == std::string::npos);
  CHECK(svg.find(">outside<") == std::string::npos);
  CHECK(count_of(svg, ">band<") == 2);  // the label and the tooltip
}

TEST_CASE("tick labels never overlap and stay inside the picture") {
  for (const double width : {240.0, 400.0, 840.0, 2000.0}) {
    for (const double scale : {1e-7, 1.0, 12345.0, 3e6, 7e11, 1e18}) {
      LineChart chart = curve(30);
      chart.width = width;
      chart.x.whole_numbers = false;
      for (double& x : chart.series[0].x) x *= scale;
      const auto row = bottom_labels(draw(chart));
      REQUIRE(!row.empty());
      CHECK(row.front().left >= 0);
      CHECK(row.back().right <= width);
      for (size_t i = 1; i < row.size(); ++i) CHECK(row[i].left > row[i - 1].right);
    }
  }
}

TEST_CASE("stacked charts: one picture, one range of x") {
  LineChart first = curve(10);
  LineChart second = curve(100);
  const std::string svg = draw_stacked({first, second});
  check_svg(svg);
  CHECK(count_of(svg, "<polyline") == 2);
  CHECK(count_of(svg, ">80</text>") == 2);
  check_svg(draw_stacked({}));
}

TEST_CASE("bars: one a value, none for a gap, values in order, sizes refused") {
  BarChart chart;
  chart.title = "Speed";
  chart.categories = {"a", "b & c", "d"};
  chart.series = {{"vs", {1, 2, 3}}, {"peer", {0.5, kNaN, -1}}};
  const std::string svg = draw(chart);
  check_svg(svg);
  CHECK(count_of(svg, "<rect") == 1 + 2 + 5);  // background, legend, bars
  CHECK(svg.find("<title>vs, b &amp; c: 2</title>") != std::string::npos);
  chart.series[1].values.pop_back();
  CHECK_THROWS_WITH_AS(draw(chart), doctest::Contains("peer: 2 values for 3 categories"), DataError);
  check_svg(draw(BarChart{}));
  CHECK(draw(BarChart{}).find("no data") != std::string::npos);
}

TEST_CASE("bars: long names make them lie and the picture grow; very many stand") {
  BarChart chart;
  for (int i = 0; i < 40; ++i) chart.categories.push_back("a rather long category name " + std::to_string(i));
  chart.series = {{"", std::vector<double>(40, 5)}};
  const std::string lying = draw(chart);
  check_svg(lying);
  CHECK(lying.find("category name 39</text>") != std::string::npos);
  CHECK(std::stod(lying.substr(lying.find("height=\"") + 8)) > 800);
  for (int i = 40; i < 400; ++i) chart.categories.push_back("class " + std::to_string(i));
  chart.series[0].values.assign(400, 5);
  const std::string standing = draw(chart);
  check_svg(standing);
  CHECK(std::stod(standing.substr(standing.find("height=\"") + 8)) < 500);
  const auto row = bottom_labels(standing);
  for (size_t i = 1; i < row.size(); ++i) CHECK(row[i].left > row[i - 1].right);
}

TEST_CASE("histogram: every value in one bin, round edges, last edge included") {
  const std::vector<double> values = {0, 1, 1, 2, 9, 10, 10, kNaN, kInfinity};
  const Histogram histogram = bin_values(values, 10, true);
  CHECK(std::accumulate(histogram.counts.begin(), histogram.counts.end(), int64_t{0}) == 7);
  CHECK(histogram.edges.front() <= 0);
  CHECK(histogram.edges.back() >= 10);
  CHECK(histogram.counts.size() <= 10);
  for (const double edge : histogram.edges) CHECK(edge == std::round(edge));
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    int64_t inside = 0;
    for (const double value : values) {
      const bool is_last = i + 1 == histogram.counts.size();
      if (value >= histogram.edges[i] &&
          (value < histogram.edges[i + 1] || (is_last && value == histogram.edges[i + 1])))
        ++inside;
    }
    CHECK(histogram.counts[i] == inside);
  }
  check_svg(draw(histogram));
}

TEST_CASE("histogram: nothing, one value, one bin, extreme values, bad edges") {
  CHECK(bin_values({}, 10).counts.empty());
  check_svg(draw(bin_values({}, 10)));
  for (const std::vector<double>& values :
       {std::vector<double>{5}, std::vector<double>{5, 5, 5}, std::vector<double>{-1e308, 1e308},
        std::vector<double>{1e-300, 2e-300}, std::vector<double>{1, 1, 1, 1, 1, 1, 1e6}}) {
    for (const int bins : {0, 1, 7}) {
      const Histogram histogram = bin_values(values, bins);
      CHECK(histogram.counts.size() <= static_cast<size_t>(std::max(1, bins)));
      CHECK(std::accumulate(histogram.counts.begin(), histogram.counts.end(), int64_t{0}) ==
            static_cast<int64_t>(values.size()));
      check_svg(draw(histogram));
    }
  }
  Histogram bad;
  bad.edges = {0, 0};
  bad.counts = {1};
  CHECK_THROWS_AS(draw(bad), DataError);
  bad.edges = {0};
  CHECK_THROWS_AS(draw(bad), DataError);
}

TEST_CASE("scatter: points, labels where there is room, gaps, nothing") {
  ScatterChart chart;
  CHECK(draw(chart).find("no data") != std::string::npos);
  chart.x.scale = Scale::kLog10;
  chart.groups = {{"A", {{1e9, 70, "small"}, {1e10, 75, "large <x>"}, {0, 60, "not placeable"}}, true},
                  {"B", {{3e9, kNaN, "no score"}, {2e9, 71, ""}}, false}};
  const std::string svg = draw(chart);
  check_svg(svg);
  CHECK(svg.find(">small</text>") != std::string::npos);
  CHECK(svg.find(">large &lt;x&gt;</text>") != std::string::npos);
  CHECK(svg.find("not placeable") == std::string::npos);
  CHECK(svg.find("no score") == std::string::npos);
  CHECK(count_of(svg, "<circle") == 2 + 1);
  CHECK(count_of(svg, "<polyline") == 1);
}

TEST_CASE("scatter: labels do not touch each other") {
  ScatterChart chart;
  chart.width = 500;
  ScatterGroup group{"", {}};
  for (int i = 0; i < 80; ++i) {
    group.points.push_back({std::fmod(i * 0.618, 1), std::fmod(i * 0.414, 1), "point " + std::to_string(i)});
  }
  chart.groups = {group};
  const std::string svg = draw(chart);
  static const std::regex kText("<text x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" font-size=\"11\"[^>]*>(point [0-9]+)</text>");
  struct Box {
    double x, y, width;
  };
  std::vector<Box> boxes;
  for (std::sregex_iterator it(svg.begin(), svg.end(), kText), end; it != end; ++it) {
    boxes.push_back({std::stod((*it)[1]), std::stod((*it)[2]), text_width((*it)[3].str(), 11)});
  }
  CHECK(boxes.size() > 30);
  for (size_t i = 0; i < boxes.size(); ++i) {
    for (size_t k = i + 1; k < boxes.size(); ++k) {
      const bool beside =
          boxes[i].x + boxes[i].width <= boxes[k].x + 0.1 || boxes[k].x + boxes[k].width <= boxes[i].x + 0.1;
      const bool apart = std::abs(boxes[i].y - boxes[k].y) >= 12.9;
      CHECK((beside || apart));
    }
  }
}

}  // namespace
}  // namespace vs::plot
