#include "lib/plot/scatter_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "lib/plot/frame.h"
#include "lib/plot/svg.h"

namespace vs::plot {
namespace {

constexpr double kRadius = 5;
constexpr double kLabelSize = 11;

bool is_drawn(const ScatterPoint& point, const ScatterChart& chart) {
  return is_placeable(point.x, chart.x.scale) && is_placeable(point.y, chart.y.scale);
}

FrameInput frame_input(const ScatterChart& chart) {
  std::vector<double> xs, ys;
  std::vector<LegendEntry> legend;
  for (size_t g = 0; g < chart.groups.size(); ++g) {
    const ScatterGroup& group = chart.groups[g];
    for (const ScatterPoint& point : group.points) {
      if (!is_drawn(point, chart)) continue;
      xs.push_back(point.x);
      ys.push_back(point.y);
    }
    legend.push_back({group.name, group.joined ? Glyph::kLineAndMarker : Glyph::kMarker, g});
  }
  return {.chart = chart,
          .x_range = data_range(xs, chart.x),
          .y_range = data_range(ys, chart.y),
          .legend = std::move(legend),
          .widen_x = true};
}

bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

/// Finds places for labels, none over another or over a point.
class LabelPlacer {
 public:
  explicit LabelPlacer(const Rect& bounds) : bounds_(bounds) {}

  void block(const Rect& rect) { taken_.push_back(rect); }

  /// Puts a label beside the point; false if no place is free.
  bool place(Svg& svg, const Point& at, const std::string& label) {
    const double width = text_width(label, kLabelSize);
    const double height = kLabelSize + 2;
    const double away = kRadius + 3;
    // Left end and middle height of the text, against the point: right first, then left, above, below, the corners.
    const std::array<Point, 8> offsets = {{{away, 0},
                                           {-away - width, 0},
                                           {-width / 2, -away - height / 2},
                                           {-width / 2, away + height / 2},
                                           {away * 0.6, -away - 3},
                                           {away * 0.6, away + 3},
                                           {-away * 0.6 - width, -away - 3},
                                           {-away * 0.6 - width, away + 3}}};
    for (const Point& offset : offsets) {
      const Rect box{at.x + offset.x, at.y + offset.y - height / 2, width, height};
      if (box.x < bounds_.x || box.right() > bounds_.right() || box.y < bounds_.y || box.bottom() > bounds_.bottom()) {
        continue;
      }
      if (std::any_of(taken_.begin(), taken_.end(), [&box](const Rect& other) { return overlap(box, other); }))
        continue;
      svg.text({box.x, box.y + height / 2 + kLabelSize * 0.36}, label, {.size = kLabelSize, .halo = true});
      taken_.push_back(box);
      return true;
    }
    return false;
  }

 private:
  Rect bounds_;
  std::vector<Rect> taken_;
};

}  // namespace

std::string draw(const ScatterChart& chart) {
  const FrameInput input = frame_input(chart);
  Svg svg(drawn_width(chart), drawn_height(input), chart.title);
  const Frame frame = draw_frame(svg, input, 0, side_margins(input));
  const Rect& plot = frame.plot;
  const Rect reach{plot.x - kRadius, plot.y - kRadius, plot.width + 2 * kRadius, plot.height + 2 * kRadius};
  struct Placed {
    Point at;
    const ScatterPoint* point;
    size_t group;
  };
  std::vector<Placed> placed;
  LabelPlacer placer({plot.x, plot.y - 8, plot.width + 16, plot.height + 8});
  for (size_t g = 0; g < chart.groups.size(); ++g) {
    std::vector<Point> path;
    for (const ScatterPoint& point : chart.groups[g].points) {
      if (!is_drawn(point, chart)) continue;
      const Point at{frame.x(point.x), frame.y(point.y)};
      path.push_back(at);
      if (at.x < reach.x || at.x > reach.right() || at.y < reach.y || at.y > reach.bottom()) continue;
      placed.push_back({at, &point, g});
      placer.block({at.x - kRadius, at.y - kRadius, 2 * kRadius, 2 * kRadius});
    }
    if (!chart.groups[g].joined) continue;
    svg.push_clip(plot);
    svg.polyline(path, {series_color(g), 1.5, series_dash(g)});
    svg.pop_clip();
  }
  for (const Placed& item : placed) {
    const std::string where = fmt::format("{}, {}", format_short(item.point->x), format_short(item.point->y));
    draw_marker(svg, item.at, kRadius, item.group,
                item.point->label.empty() ? where : fmt::format("{}: {}", item.point->label, where));
  }
  for (const Placed& item : placed) {
    if (!item.point->label.empty()) placer.place(svg, item.at, item.point->label);
  }
  if (placed.empty()) {
    svg.text({plot.x + plot.width / 2, plot.y + plot.height / 2}, "no data",
             {.size = 14, .fill = "#777777", .anchor = Anchor::kMiddle});
  }
  return std::move(svg).finish();
}

}  // namespace vs::plot
