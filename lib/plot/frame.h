// What stands around the data of every chart: titles, legend, axes with ticks, guides, bands. For the charts of this
// room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/plot/chart.h"
#include "lib/plot/svg.h"

namespace vs::plot {

/// What a series looks like in the legend.
enum class Glyph { kLine, kMarker, kLineAndMarker, kStem, kSwatch };

/// One series in the legend; `index` chooses colour, dash and marker.
struct LegendEntry {
  std::string name;
  Glyph glyph = Glyph::kLine;
  size_t index = 0;
};

/// Everything around the data. The ranges are those of the data, not yet widened to ticks.
struct FrameInput {
  const Chart& chart;
  Range x_range, y_range;
  bool has_data = true;
  std::vector<LegendEntry> legend;                ///< entries without name are left out
  std::optional<std::vector<Tick>> x_ticks = {};  ///< labels of categories in place of numbers; no grid lines
  std::optional<std::vector<Tick>> y_ticks = {};
  bool widen_x = false;  ///< out to the next ticks, as y always is
};

/// Room beside the plot.
struct SideMargins {
  double left = 0, right = 0;
};

/// Where the data goes.
struct Frame {
  Rect plot;
  AxisMap x, y;
};

/// Width of a chart as drawn.
double drawn_width(const Chart& chart);
/// Height of a chart as drawn.
double drawn_height(const FrameInput& input);
/// The margins that the labels need.
SideMargins side_margins(const FrameInput& input);
/// Draws titles, legend, bands, grid and axes of a chart whose upper edge is at `top`.
Frame draw_frame(Svg& svg, const FrameInput& input, double top, const SideMargins& margins);

/// Draws the guide lines: labels of vertical ones above the plot, of horizontal ones in the right margin.
void draw_guides(Svg& svg, const Chart& chart, const Frame& frame, double right_margin);

/// The marker of the i-th series: circle, square, triangle, diamond, and again.
void draw_marker(Svg& svg, Point center, double radius, size_t index, std::string_view tooltip = {});

}  // namespace vs::plot
