#include "lib/plot/scatter_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
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

  /// Keeps labels off a point.
  void block(const Rect& rect) { taken_.push_back(rect); }

  /// Keeps labels off a line where there is another place for them.
  void block_line(const std::vector<Point>& path) {
    for (size_t i = 1; i < path.size(); ++i) {
      const double length = std::hypot(path[i].x - path[i - 1].x, path[i].y - path[i - 1].y);
      const int pieces = static_cast<int>(std::clamp(length / 5, 1.0, 2000.0));
      for (int piece = 0; piece <= pieces; ++piece) {
        const double share = static_cast<double>(piece) / pieces;
        lines_.push_back({path[i - 1].x + share * (path[i].x - path[i - 1].x) - 1,
                          path[i - 1].y + share * (path[i].y - path[i - 1].y) - 1, 2, 2});
      }
    }
  }

  /// Puts a label beside the point, if a place is free.
  void place(Svg& svg, const Point& at, const std::string& label) {
    const double width = text_width(label, kLabelSize);
    const double height = kLabelSize + 2;
    const double away = kRadius + 3;
    const double beside = kRadius + 1;
    const double aside = kRadius - 2 + height / 2;
    // Left end and middle height of the text, against the point: right first, then left, above, below, the corners.
    const std::array<Point, 8> offsets = {{{away, 0},
                                           {-away - width, 0},
                                           {-width / 2, -away - height / 2},
                                           {-width / 2, away + height / 2},
                                           {beside, -aside},
                                           {beside, aside},
                                           {-beside - width, -aside},
                                           {-beside - width, aside}}};
    for (const bool may_cross_lines : {false, true}) {
      for (const Point& offset : offsets) {
        const Rect box{at.x + offset.x, at.y + offset.y - height / 2, width, height};
        if (!is_free(box, may_cross_lines)) continue;
        svg.text({box.x, box.y + height / 2 + kLabelSize * 0.36}, label, {.size = kLabelSize, .halo = true});
        taken_.push_back(box);
        return;
      }
    }
  }

 private:
  bool is_free(const Rect& box, bool may_cross_lines) const {
    if (box.x < bounds_.x || box.right() > bounds_.right()) return false;
    if (box.y < bounds_.y || box.bottom() > bounds_.bottom()) return false;
    const auto touches = [&box](const Rect& other) { return overlap(box, other); };
    if (std::any_of(taken_.begin(), taken_.end(), touches)) return false;
    return may_cross_lines || std::none_of(lines_.begin(), lines_.end(), touches);
  }

  Rect bounds_;
  std::vector<Rect> taken_;
  std::vector<Rect> lines_;
};

}  // namespace

std::string draw(const ScatterChart& chart) {
  const FrameInput input = frame_input(chart);
  Svg svg(drawn_width(chart), drawn_height(input), chart.title);
  const SideMargins margins = side_margins(input);
  const Frame frame = draw_frame(svg, input, 0, margins);
  draw_guides(svg, chart, frame, margins.right);
  const Rect& plot = frame.plot;
  const Rect reach{plot.x - kRadius, plot.y - kRadius, plot.width + 2 * kRadius, plot.height + 2 * kRadius};
  struct Placed {
    Point at;
    const ScatterPoint* point;
    size_t group;
  };
  std::vector<Placed> placed;
  LabelPlacer placer({plot.x, plot.y - 8, plot.width + 16, plot.height + 15});
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
    placer.block_line(path);
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
