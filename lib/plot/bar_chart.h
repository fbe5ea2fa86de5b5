// Bar charts of categories, and histograms.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/plot/chart.h"

namespace vs::plot {

/// One series of bars: one value a category; a value that is not finite leaves its place empty.
struct Bars {
  std::string name;
  std::vector<double> values;
};

/// A bar chart. The axis of values is `y` (title, unit, ends), that of categories is `x` (title), whichever way the
/// bars run; guides and bands with Direction::kHorizontal belong to the values. Bars start at 0, the scale is linear.
///
/// Bars stand upright where all category names fit side by side; else they lie, and the picture grows in height; beyond
/// 80 categories they stand again, with the names that fit (every bar tells its name on hover).
struct BarChart : Chart {
  std::vector<std::string> categories;
  std::vector<Bars> series;
  bool value_labels = true;  ///< the value at the end of each bar, where there is room
};

/// The chart as an SVG document; equal charts give equal bytes. Throws DataError naming the series if it has not one
/// value a category.
std::string draw(const BarChart& chart);

/// Counts of values in bins of one width: bin i holds edges[i] <= value < edges[i + 1], the last one its upper edge
/// too.
struct Histogram : Chart {
  std::vector<double> edges;    ///< rising, one more than counts (both empty: no data)
  std::vector<int64_t> counts;  ///< 0 or more
};

/// Bins with round edges for the finite values, about as many as the Freedman-Diaconis rule asks for, at most max_bins
/// (at least 1). With whole_numbers the edges are whole. No finite value: empty. Values beyond 1e307 count there.
Histogram bin_values(std::span<const double> values, int max_bins, bool whole_numbers = false);

/// The chart as an SVG document. Throws DataError if there is not one count a bin or the edges do not rise.
std::string draw(const Histogram& histogram);

}  // namespace vs::plot
