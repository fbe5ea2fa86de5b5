#include "lib/plot/bar_chart.h"

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

constexpr double kLabelSize = 11;
constexpr size_t kMostLyingBars = 80;
constexpr double kLyingPitch = 20;  // height of a category of one lying bar
constexpr double kLyingMore = 13;   // for each further series

enum class Way { kUpright, kLying };

void check(const BarChart& chart) {
  for (size_t s = 0; s < chart.series.size(); ++s) {
    const Bars& bars = chart.series[s];
    if (bars.values.size() == chart.categories.size()) continue;
    throw DataError(bars.name.empty() ? fmt::format("series {}", s) : bars.name,
                    fmt::format("{} values for {} categories", bars.values.size(), chart.categories.size()));
  }
}

Way way_of(const BarChart& chart) {
  double widest = 0;
  for (const std::string& category : chart.categories) {
    widest = std::max(widest, text_width(category, kLabelSize));
  }
  const double room = (drawn_width(chart) - 90) / static_cast<double>(std::max<size_t>(1, chart.categories.size()));
  return widest + 10 <= room || chart.categories.size() > kMostLyingBars ? Way::kUpright : Way::kLying;
}

/// The chart with its axes, guides and bands the way the bars run.
Chart turned(const BarChart& chart, Way way) {
  Chart out = static_cast<const Chart&>(chart);
  out.x = Axis{.label = chart.x.label, .unit = chart.x.unit};
  out.y.scale = Scale::kLinear;
  if (way == Way::kUpright) return out;
  std::swap(out.x, out.y);
  const auto other = [](Direction direction) {
    return direction == Direction::kVertical ? Direction::kHorizontal : Direction::kVertical;
  };
  for (Guide& guide : out.guides) guide.direction = other(guide.direction);
  for (Band& band : out.bands) band.direction = other(band.direction);
  const double pitch = kLyingPitch + kLyingMore * static_cast<double>(std::max<size_t>(1, chart.series.size()) - 1);
  out.height = 150 + pitch * static_cast<double>(chart.categories.size());
  return out;
}

/// Range of the values, with room for the labels beyond the longest bars.
Range value_range(const BarChart& chart, const Axis& axis, double label_share) {
  std::vector<double> values;
  for (const Bars& bars : chart.series) values.insert(values.end(), bars.values.begin(), bars.values.end());
  for (const Guide& guide : chart.guides) {
    if (guide.direction == Direction::kHorizontal) values.push_back(guide.at);
  }
  Range range = data_range(values, axis, true);
  if (!chart.value_labels) return range;
  constexpr double kMost = 1.6e308;
  const double room = (range.high / 2 - range.low / 2) * (2 * label_share);
  if (!axis.high && range.high > 0) range.high = std::min(range.high + room, kMost);
  if (!axis.low && range.low < 0) range.low = std::max(range.low - room, -kMost);
  return range;
}

/// One bar on the picture: its rectangle, and where its value ends.
struct BarPlace {
  Rect rect;
  double end, center;  // along and across the axis of values
  double thickness, slot;
};

BarPlace place_of(const BarChart& chart, const Frame& frame, Way way, size_t s, size_t c) {
  const auto count = static_cast<double>(chart.series.size());
  const Rect& plot = frame.plot;
  const bool is_upright = way == Way::kUpright;
  const double slot = (is_upright ? plot.width : plot.height) / static_cast<double>(chart.categories.size());
  const double thickness = std::min(slot * (slot < 6 ? 0.9 : 0.76) / count, 48.0);
  const double across = slot * (static_cast<double>(c) + 0.5) + (static_cast<double>(s) - count / 2) * thickness;
  const AxisMap& map = is_upright ? frame.y : frame.x;
  const double low_end = is_upright ? plot.y : plot.x;
  const double high_end = is_upright ? plot.bottom() : plot.right();
  const double zero = std::clamp(map(0), low_end, high_end);
  const double end = std::clamp(map(chart.series[s].values[c]), low_end, high_end);
  const double gap = thickness > 5 ? 0.5 : 0;
  const double begin = (is_upright ? plot.x : plot.y) + across + gap;
  const double width = thickness - 2 * gap;
  const double length = std::abs(end - zero);
  const Rect rect =
      is_upright ? Rect{begin, std::min(zero, end), width, length} : Rect{std::min(zero, end), begin, length, width};
  return {rect, end, begin + width / 2, thickness, slot};
}

void draw_bar(Svg& svg, const BarChart& chart, const BarPlace& place, size_t s, size_t c) {
  std::string tooltip = fmt::format("{}: {}", chart.categories[c], format_short(chart.series[s].values[c]));
  if (!chart.series[s].name.empty()) tooltip = chart.series[s].name + ", " + tooltip;
  svg.rect(place.rect, series_color(s), 1, tooltip);
}

void draw_value(Svg& svg, double value, const BarPlace& place, Way way, size_t num_series) {
  const std::string text = format_short(value);
  TextStyle style{.size = kLabelSize, .anchor = Anchor::kMiddle, .halo = true};
  if (way == Way::kUpright) {
    if (text_width(text, kLabelSize) > (num_series > 1 ? place.thickness + 2 : place.slot - 4)) return;
    svg.text({place.center, value < 0 ? place.end + 13 : place.end - 5}, text, style);
  } else if (place.thickness >= 9) {
    style.anchor = value < 0 ? Anchor::kEnd : Anchor::kStart;
    svg.text({value < 0 ? place.end - 5 : place.end + 5, place.center + kLabelSize * 0.36}, text, style);
  }
}

void draw_bars(Svg& svg, const BarChart& chart, const Chart& drawn, const Frame& frame, Way way, double right_margin) {
  const auto each = [&](const auto& action) {
    for (size_t s = 0; s < chart.series.size(); ++s) {
      for (size_t c = 0; c < chart.categories.size(); ++c) {
        if (std::isfinite(chart.series[s].values[c])) action(s, c, place_of(chart, frame, way, s, c));
      }
    }
  };
  each([&](size_t s, size_t c, const BarPlace& place) { draw_bar(svg, chart, place, s, c); });
  const Rect& plot = frame.plot;
  const double zero = way == Way::kUpright ? frame.y(0) : frame.x(0);
  if (way == Way::kUpright && zero < plot.bottom() - 1 && zero > plot.y) {
    svg.line({plot.x, zero}, {plot.right(), zero}, {});
  } else if (way == Way::kLying && zero > plot.x + 1 && zero < plot.right()) {
    svg.line({zero, plot.y}, {zero, plot.bottom()}, {});
  }
  draw_guides(svg, drawn, frame, right_margin);
  if (!chart.value_labels) return;
  each([&](size_t s, size_t c, const BarPlace& place) {
    draw_value(svg, chart.series[s].values[c], place, way, chart.series.size());
  });
}

void draw_no_data(Svg& svg, const Rect& plot) {
  svg.text({plot.x + plot.width / 2, plot.y + plot.height / 2}, "no data",
           {.size = 14, .fill = "#777777", .anchor = Anchor::kMiddle});
}

}  // namespace

std::string draw(const BarChart& chart) {
  check(chart);
  const Way way = way_of(chart);
  const Chart drawn = turned(chart, way);
  const auto count = static_cast<double>(std::max<size_t>(1, chart.categories.size()));
  // Categories lie at 0.5, 1.5, ...; lying bars run downwards, so their axis is turned round by negative numbers.
  std::vector<Tick> categories;
  for (size_t c = 0; c < chart.categories.size(); ++c) {
    const double place = static_cast<double>(c) + 0.5;
    categories.push_back({way == Way::kUpright ? place : -place, chart.categories[c]});
  }
  std::vector<LegendEntry> legend;
  for (size_t s = 0; s < chart.series.size(); ++s) legend.push_back({chart.series[s].name, Glyph::kSwatch, s});
  const Range values = value_range(chart, way == Way::kUpright ? drawn.y : drawn.x, way == Way::kUpright ? 0.06 : 0.08);
  const bool is_upright = way == Way::kUpright;
  FrameInput input{.chart = drawn,
                   .x_range = is_upright ? Range{0, count} : values,
                   .y_range = is_upright ? values : Range{-count, 0},
                   .legend = std::move(legend)};
  (is_upright ? input.x_ticks : input.y_ticks) = std::move(categories);
  input.widen_x = !is_upright;
  Svg svg(drawn_width(drawn), drawn_height(input), chart.title);
  const SideMargins margins = side_margins(input);
  const Frame frame = draw_frame(svg, input, 0, margins);
  draw_bars(svg, chart, drawn, frame, way, margins.right);
  if (chart.series.empty() || chart.categories.empty()) draw_no_data(svg, frame.plot);
  return std::move(svg).finish();
}

Histogram bin_values(std::span<const double> values, int max_bins, bool whole_numbers) {
  std::vector<double> sorted;
  for (const double value : values) {
    if (std::isfinite(value)) sorted.push_back(std::clamp(value, -1e307, 1e307));
  }
  Histogram histogram;
  histogram.x.whole_numbers = whole_numbers;
  histogram.y.whole_numbers = true;
  if (sorted.empty()) return histogram;
  std::sort(sorted.begin(), sorted.end());
  const Range range = data_range(sorted, histogram.x);
  const auto quartile = [&sorted](size_t quarter) { return sorted[(sorted.size() - 1) * quarter / 4]; };
  const double width = 2 * (quartile(3) / 2 - quartile(1) / 2) * 2 / std::cbrt(static_cast<double>(sorted.size()));
  const double wanted = width > 0 ? (range.high / 2 - range.low / 2) * 2 / width : max_bins;
  int target = static_cast<int>(std::clamp(wanted, 1.0, static_cast<double>(std::max(1, max_bins))));
  std::vector<double> edges;
  for (;; --target) {
    // The ticks of an axis are the round edges; one bin takes whatever there is.
    const Axis axis{.whole_numbers = whole_numbers};
    const Range wide = widened_to_ticks(range, axis, target);
    edges.clear();
    for (const Tick& tick : make_ticks(wide, axis, target)) edges.push_back(tick.value);
    // make_ticks() may choose a wider step for the wider range: the ends must still hold the values.
    const bool holds = edges.size() >= 2 && edges.front() <= sorted.front() && edges.back() >= sorted.back();
    if (holds && edges.size() <= static_cast<size_t>(std::max(1, max_bins)) + 1) break;
    if (target > 1) continue;
    edges = {wide.low, wide.high};
    break;
  }
  histogram.edges = edges;
  histogram.counts.assign(edges.size() - 1, 0);
  for (const double value : sorted) {
    const auto after = std::upper_bound(edges.begin(), edges.end(), value) - edges.begin();
    const auto bin = std::clamp<int64_t>(after - 1, 0, static_cast<int64_t>(histogram.counts.size()) - 1);
    ++histogram.counts[static_cast<size_t>(bin)];
  }
  return histogram;
}

std::string draw(const Histogram& histogram) {
  const auto& edges = histogram.edges;
  if (edges.size() != (histogram.counts.empty() ? 0 : histogram.counts.size() + 1)) {
    throw DataError("histogram", fmt::format("{} edges for {} counts", edges.size(), histogram.counts.size()));
  }
  for (size_t i = 1; i < edges.size(); ++i) {
    if (!(edges[i - 1] < edges[i])) throw DataError("histogram", fmt::format("edge {} is not above the one before", i));
  }
  const std::vector<double> heights(histogram.counts.begin(), histogram.counts.end());
  const FrameInput input{.chart = histogram,
                         .x_range = data_range(edges, histogram.x),
                         .y_range = data_range(heights, histogram.y, true),
                         .legend = {}};
  Svg svg(drawn_width(histogram), drawn_height(input), histogram.title);
  const SideMargins margins = side_margins(input);
  const Frame frame = draw_frame(svg, input, 0, margins);
  const Rect& plot = frame.plot;
  svg.push_clip(plot);
  for (size_t i = 0; i < heights.size(); ++i) {
    if (!is_placeable(edges[i], histogram.x.scale) || heights[i] <= 0) continue;
    const double left = frame.x(edges[i]);
    const double right = frame.x(edges[i + 1]);
    const double gap = right - left > 4 ? 0.5 : 0;
    const double top = frame.y(heights[i]);
    svg.rect({left + gap, top, right - left - 2 * gap, plot.bottom() - top}, series_color(0), 1,
             fmt::format("{} to {}: {}", format_short(edges[i]), format_short(edges[i + 1]), histogram.counts[i]));
  }
  svg.pop_clip();
  draw_guides(svg, histogram, frame, margins.right);
  if (heights.empty()) draw_no_data(svg, plot);
  return std::move(svg).finish();
}

}  // namespace vs::plot
