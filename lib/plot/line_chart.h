// Line charts: curves, steps, stems and points over one x axis.
#pragma once

#include <string>
#include <vector>

#include "lib/plot/chart.h"

namespace vs::plot {

/// How the points of a series are drawn.
enum class Look {
  kLine,            ///< joined by straight lines
  kLineAndMarkers,  ///< the same with a marker at each point
  kMarkers,         ///< markers alone
  kSteps,           ///< a value holds until the next point
  kStems,           ///< a marker on a stem from the bottom: chosen frames
};

/// One series. x and y of one length; x rising for lines and steps. A point that is not finite (or, on a logarithmic
/// axis, not above 0) is a gap; a line's lone point between gaps is drawn as a dot.
struct Series {
  std::string name;  ///< for the legend; empty: not listed
  std::vector<double> x, y;
  Look look = Look::kLine;
};

/// A line chart. Its y axis reaches 0 if `y_from_zero` is set.
struct LineChart : Chart {
  std::vector<Series> series;
  bool y_from_zero = false;
};

/// The chart as an SVG document. Equal charts give equal bytes. A line of many points is thinned to the extremes of
/// each pixel column, which looks the same. Without points the axes are drawn with the words "no data". Throws
/// DataError naming the series if its x and y differ in length.
std::string draw(const LineChart& chart);

/// Several charts below each other in one picture, their plots aligned, over one range of x (but for ends that a chart
/// fixes itself). They should have one width and one x scale. Empty: an empty picture.
std::string draw_stacked(const std::vector<LineChart>& charts);

}  // namespace vs::plot
