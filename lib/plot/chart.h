// What all charts share: title, size, axes, guide lines and shaded ranges.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/plot/axis.h"

namespace vs::plot {

/// Which way a guide line or a shaded range runs.
enum class Direction {
  kVertical,    ///< at values of the x axis
  kHorizontal,  ///< at values of the y axis
};

/// A thin dashed line across the plot; the label stands outside, at its end, and is left out where it would overlap.
struct Guide {
  Direction direction = Direction::kVertical;
  double at = 0;
  std::string label = {};
};

/// A shaded range across the plot, in any order of its ends; the label stands inside where there is room.
struct Band {
  Direction direction = Direction::kVertical;
  double from = 0, to = 0;
  std::string label = {};
};

/// What every chart has. Sizes in pixels; width is kept within 240..4000, height is at least what a readable plot
/// needs.
struct Chart {
  std::string title;     ///< up to two lines
  std::string subtitle;  ///< smaller, up to three lines
  double width = 840, height = 420;
  Axis x, y;
  std::vector<Guide> guides;
  std::vector<Band> bands;
};

/// Colour of the i-th series: seven colours that colour-blind readers tell apart (Okabe and Ito), then from the start.
std::string_view series_color(size_t index);

/// Dash of the i-th series: solid for the first seven, then dashed, dotted, dash-dotted.
std::string_view series_dash(size_t index);

}  // namespace vs::plot
