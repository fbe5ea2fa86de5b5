// Scatter charts with a label at each point: accuracy against cost.
#pragma once

#include <string>
#include <vector>

#include "lib/plot/chart.h"

namespace vs::plot {

/// One labelled point; not drawn if a coordinate is not finite (or, on a logarithmic axis, not above 0).
struct ScatterPoint {
  double x = 0, y = 0;
  std::string label = {};  ///< may be empty
};

/// Points of one kind, such as one model at several budgets.
struct ScatterGroup {
  std::string name;  ///< for the legend; empty: not listed
  std::vector<ScatterPoint> points;
  bool joined = false;  ///< a thin line through the points in their order
};

/// A scatter chart.
struct ScatterChart : Chart {
  std::vector<ScatterGroup> groups;
};

/// The chart as an SVG document; equal charts give equal bytes. Labels are put where they touch neither another label
/// nor a point; one that finds no such place among eight is left out (the point tells it on hover).
std::string draw(const ScatterChart& chart);

}  // namespace vs::plot
