#include "lib/plot/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/plot/svg.h"

namespace vs::plot {
namespace {

constexpr double kNameSize = 10, kLeast = 240, kMost = 4000, kTop = 58, kEdge = 16, kLegend = 70, kTitleGap = 26;

/// From white to a dark blue that prints well: linear in lightness.
std::string shade(double share) {
  const auto mix = [share](double light, double dark) {
    return static_cast<int>(std::lround(light + share * (dark - light)));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(247, 8), mix(251, 48), mix(255, 107));
}

double longest(const std::vector<std::string>& names) {
  double width = 0;
  for (const auto& name : names) width = std::max(width, text_width(name, kNameSize));
  return std::min(width, 180.0);
}

void draw_scale(Svg& svg, double left, double top, double height) {
  constexpr int kSteps = 20;
  const double step = height / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    const double share = 1 - (i + 0.5) / kSteps;
    svg.rect({left, top + i * step, 12, step + 0.5}, shade(share));
  }
  svg.text({left + 16, top + 9}, "1", {.size = kNameSize});
  svg.text({left + 16, top + height}, "0", {.size = kNameSize});
}

}  // namespace

std::string draw(const HeatMap& chart) {
  const size_t rows = chart.rows.size(), columns = chart.columns.size();
  if (chart.values.size() != rows * columns)
    throw DataError("heat map",
                    fmt::format("{} values for {} rows and {} columns", chart.values.size(), rows, columns));
  const double width = std::clamp(chart.width, kLeast, kMost);
  const double cells_wide = static_cast<double>(std::max<size_t>(columns, 1));
  const double cells_high = static_cast<double>(std::max<size_t>(rows, 1));
  // Names stand beside the table only where a row is as high as its name.
  const double guess = (width - 2 * kEdge - kLegend - kTitleGap) / cells_wide;
  const bool named = guess >= kNameSize + 1 && rows > 0;
  const double beside = kEdge + kTitleGap + (named ? longest(chart.rows) + 6 : 0);
  const double below = kEdge + kTitleGap + (named ? longest(chart.columns) + 6 : 0);
  const double cell = std::max(0.5, (width - beside - kEdge - kLegend) / cells_wide);
  const Rect table{beside, kTop, cell * cells_wide, cell * cells_high};
  Svg svg(width, table.bottom() + below, chart.title);
  svg.text({kEdge, 24}, fitted(chart.title, 15, width - 2 * kEdge), {.size = 15, .bold = true});
  svg.text({kEdge, 42}, fitted(chart.subtitle, 11, width - 2 * kEdge), {.size = 11, .fill = "#666666"});
  svg.rect(table, "#ffffff");
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column) {
      const double value = chart.values[row * columns + column];
      if (!std::isfinite(value) || value <= 0) continue;
      const double share = std::min(value, 1.0);
      svg.rect({table.x + cell * static_cast<double>(column), table.y + cell * static_cast<double>(row), cell, cell},
               shade(share), 1, fmt::format("{} / {}: {:.3f}", chart.rows[row], chart.columns[column], value));
    }
  }
  const Stroke frame{"#888888", 1};
  svg.line({table.x, table.y}, {table.right(), table.y}, frame);
  svg.line({table.x, table.bottom()}, {table.right(), table.bottom()}, frame);
  svg.line({table.x, table.y}, {table.x, table.bottom()}, frame);
  svg.line({table.right(), table.y}, {table.right(), table.bottom()}, frame);
  if (named) {
    for (size_t row = 0; row < rows; ++row) {
      svg.text({table.x - 5, table.y + cell * (static_cast<double>(row) + 0.5) + 3.5},
               fitted(chart.rows[row], kNameSize, 180), {.size = kNameSize, .anchor = Anchor::kEnd});
    }
    for (size_t column = 0; column < columns; ++column) {
      svg.text({table.x + cell * (static_cast<double>(column) + 0.5) + 3.5, table.bottom() + 5},
               fitted(chart.columns[column], kNameSize, 180),
               {.size = kNameSize, .anchor = Anchor::kEnd, .upward = true});
    }
  }
  svg.text({table.x + table.width / 2, table.bottom() + below - kEdge + 6}, chart.x.label,
           {.size = 12, .anchor = Anchor::kMiddle});
  svg.text({kEdge + 6, table.y + table.height / 2}, chart.y.label,
           {.size = 12, .anchor = Anchor::kMiddle, .upward = true});
  draw_scale(svg, table.right() + 16, table.y, std::min(table.height, 160.0));
  return std::move(svg).finish();
}

}  // namespace vs::plot
