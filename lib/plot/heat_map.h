// Heat maps: a table of shares as shaded cells, such as a confusion matrix.
#pragma once

#include <string>
#include <vector>

#include "lib/plot/chart.h"

namespace vs::plot {

/// A table of numbers in [0, 1]; rows from top to bottom. Titles of the axes come from `x` and `y` (labels only).
struct HeatMap : Chart {
  std::vector<std::string> rows, columns;  ///< names; shown where there is room for them
  std::vector<double> values;              ///< [rows, columns], row-major; beyond 0..1 is cut, not finite is left white
};

/// The chart as an SVG document; equal charts give equal bytes. Cells of 0 are not drawn. The height follows from the
/// width, so that cells of a square table are square. Throws DataError if there is not one value a cell.
std::string draw(const HeatMap& chart);

}  // namespace vs::plot
