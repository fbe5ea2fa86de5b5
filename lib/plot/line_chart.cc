#include "lib/plot/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "lib/core/error.h"
#include "lib/plot/frame.h"
#include "lib/plot/svg.h"

namespace vs::plot {
namespace {

constexpr double kMarkerRadius = 4;
constexpr double kLineWidth = 1.8;

Glyph glyph_of(Look look) {
  switch (look) {
    case Look::kMarkers:
      return Glyph::kMarker;
    case Look::kLineAndMarkers:
      return Glyph::kLineAndMarker;
    case Look::kStems:
      return Glyph::kStem;
    default:
      return Glyph::kLine;
  }
}

bool has_markers(Look look) { return look != Look::kLine && look != Look::kSteps; }

FrameInput frame_input(const LineChart& chart) {
  std::vector<double> xs, ys;
  bool any_markers = false;
  std::vector<LegendEntry> legend;
  for (size_t s = 0; s < chart.series.size(); ++s) {
    const Series& series = chart.series[s];
    if (series.x.size() != series.y.size()) {
      throw DataError(series.name.empty() ? fmt::format("series {}", s) : series.name,
                      fmt::format("{} x values and {} y values", series.x.size(), series.y.size()));
    }
    for (size_t i = 0; i < series.x.size(); ++i) {
      if (!is_placeable(series.x[i], chart.x.scale) || !is_placeable(series.y[i], chart.y.scale)) continue;
      xs.push_back(series.x[i]);
      ys.push_back(series.y[i]);
    }
    any_markers = any_markers || has_markers(series.look);
    legend.push_back({series.name, glyph_of(series.look), s});
  }
  Range x_range = data_range(xs, chart.x);
  if (any_markers && chart.x.scale == Scale::kLinear) {
    // Room for the markers at both ends.
    const double room = (x_range.high / 2 - x_range.low / 2) * 0.03;
    if (!chart.x.low) x_range.low -= room;
    if (!chart.x.high) x_range.high += room;
  }
  return {.chart = chart,
          .x_range = x_range,
          .y_range = data_range(ys, chart.y, chart.y_from_zero),
          .has_data = !xs.empty(),
          .legend = std::move(legend)};
}

/// Keeps the first, lowest, highest and last point of each pixel column.
std::vector<Point> thinned(const std::vector<Point>& points) {
  std::vector<Point> kept;
  for (size_t begin = 0; begin < points.size();) {
    const double column = std::floor(points[begin].x);
    size_t end = begin;
    size_t lowest = begin;
    size_t highest = begin;
    for (; end < points.size() && std::floor(points[end].x) == column; ++end) {
      if (points[end].y < points[lowest].y) lowest = end;
      if (points[end].y > points[highest].y) highest = end;
    }
    std::vector<size_t> chosen = {begin, lowest, highest, end - 1};
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    for (const size_t i : chosen) kept.push_back(points[i]);
    begin = end;
  }
  return kept;
}

void draw_run(Svg& svg, const std::vector<Point>& run, Look look, size_t index) {
  if (run.empty()) return;
  if (run.size() == 1) {
    if (!has_markers(look)) svg.circle(run[0], kMarkerRadius * 0.75, series_color(index));
    return;
  }
  std::vector<Point> path = thinned(run);
  if (look == Look::kSteps) {
    std::vector<Point> steps;
    for (const Point& point : path) {
      if (!steps.empty()) steps.push_back({point.x, steps.back().y});
      steps.push_back(point);
    }
    path = std::move(steps);
  }
  svg.polyline(path, {series_color(index), kLineWidth, series_dash(index)});
}

bool is_inside(const Rect& plot, const Point& point) {
  constexpr double kSlack = 0.5;
  return point.x >= plot.x - kSlack && point.x <= plot.right() + kSlack && point.y >= plot.y - kSlack &&
         point.y <= plot.bottom() + kSlack;
}

/// Lines and stems, cut off at the edges of the plot. Returns whether there is any point.
bool draw_lines(Svg& svg, const LineChart& chart, const Frame& frame) {
  bool any = false;
  const Rect& plot = frame.plot;
  svg.push_clip({plot.x - 3, plot.y - 3, plot.width + 6, plot.height + 6});
  for (size_t s = 0; s < chart.series.size(); ++s) {
    const Series& series = chart.series[s];
    std::vector<Point> run;
    for (size_t i = 0; i < series.x.size(); ++i) {
      if (!is_placeable(series.x[i], chart.x.scale) || !is_placeable(series.y[i], chart.y.scale)) {
        if (series.look != Look::kMarkers && series.look != Look::kStems) draw_run(svg, run, series.look, s);
        run.clear();
        continue;
      }
      any = true;
      run.push_back({frame.x(series.x[i]), frame.y(series.y[i])});
      if (series.look == Look::kStems) {
        svg.line({run.back().x, plot.bottom()}, run.back(), {series_color(s), 1.2});
      }
    }
    if (series.look != Look::kMarkers && series.look != Look::kStems) draw_run(svg, run, series.look, s);
  }
  svg.pop_clip();
  return any;
}

void draw_markers(Svg& svg, const LineChart& chart, const Frame& frame) {
  for (size_t s = 0; s < chart.series.size(); ++s) {
    const Series& series = chart.series[s];
    if (!has_markers(series.look)) continue;
    for (size_t i = 0; i < series.x.size(); ++i) {
      if (!is_placeable(series.x[i], chart.x.scale) || !is_placeable(series.y[i], chart.y.scale)) continue;
      const Point at{frame.x(series.x[i]), frame.y(series.y[i])};
      if (!is_inside(frame.plot, at)) continue;
      draw_marker(svg, at, kMarkerRadius, s,
                  fmt::format("{}, {}", format_short(series.x[i]), format_short(series.y[i])));
    }
  }
}

void draw_at(Svg& svg, const LineChart& chart, const FrameInput& input, double top, const SideMargins& margins) {
  const Frame frame = draw_frame(svg, input, top, margins);
  draw_guides(svg, chart, frame, margins.right);
  if (!draw_lines(svg, chart, frame)) {
    svg.text({frame.plot.x + frame.plot.width / 2, frame.plot.y + frame.plot.height / 2}, "no data",
             {.size = 14, .fill = "#777777", .anchor = Anchor::kMiddle});
  }
  draw_markers(svg, chart, frame);
}

/// The x range that holds those of all charts with data.
Range shared_x_range(const std::vector<FrameInput>& inputs) {
  Range shared{0, 1};
  bool any = false;
  for (const FrameInput& input : inputs) {
    if (!input.has_data) continue;
    shared.low = any ? std::min(shared.low, input.x_range.low) : input.x_range.low;
    shared.high = any ? std::max(shared.high, input.x_range.high) : input.x_range.high;
    any = true;
  }
  return any || inputs.empty() ? shared : inputs.front().x_range;
}

}  // namespace

std::string draw(const LineChart& chart) {
  const FrameInput input = frame_input(chart);
  Svg svg(drawn_width(chart), drawn_height(input), chart.title);
  draw_at(svg, chart, input, 0, side_margins(input));
  return std::move(svg).finish();
}

std::string draw_stacked(const std::vector<LineChart>& charts) {
  std::vector<FrameInput> inputs;
  SideMargins margins;
  double width = 240;
  double height = 0;
  for (const LineChart& chart : charts) {
    inputs.push_back(frame_input(chart));
    const SideMargins own = side_margins(inputs.back());
    margins = {std::max(margins.left, own.left), std::max(margins.right, own.right)};
    width = std::max(width, drawn_width(chart));
    height += drawn_height(inputs.back());
  }
  const Range shared = shared_x_range(inputs);
  for (FrameInput& input : inputs) {
    if (!input.chart.x.low) input.x_range.low = shared.low;
    if (!input.chart.x.high) input.x_range.high = shared.high;
  }
  Svg svg(width, std::max(1.0, height), charts.empty() ? "" : charts.front().title);
  double top = 0;
  for (size_t i = 0; i < charts.size(); ++i) {
    draw_at(svg, charts[i], inputs[i], top, margins);
    top += drawn_height(inputs[i]);
  }
  return std::move(svg).finish();
}

}  // namespace vs::plot
