#include "lib/plot/frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace vs::plot {
namespace {

constexpr double kEdge = 16;       // empty rim of the picture
constexpr double kTitleSize = 16;  // font sizes
constexpr double kSubtitleSize = 12;
constexpr double kLabelSize = 12;
constexpr double kTickSize = 11;
constexpr double kTitleLine = 21;  // heights of lines
constexpr double kSubtitleLine = 16;
constexpr double kLegendLine = 19;
constexpr double kGlyphGap = 6;
constexpr double kLegendGap = 20;
constexpr double kGuideLabelRow = 16;
constexpr double kTickGap = 6;  // between axis and tick label
constexpr double kMinPlotHeight = 90;
constexpr double kTickPitch = 44;    // wanted distance of y ticks
constexpr double kCapHeight = 0.36;  // half of a capital's height, to centre text on a line

constexpr std::string_view kTextColor = "#1a1a1a";
constexpr std::string_view kQuietColor = "#555555";
constexpr std::string_view kGridColor = "#e4e4e4";
constexpr std::string_view kAxisColor = "#8a8a8a";
constexpr std::string_view kGuideColor = "#6e6e6e";
constexpr std::string_view kBandColor = "#7f7f7f";

struct LegendPlace {
  const LegendEntry* entry;
  std::string text;
  double x;  // from the left end of the legend
  size_t row;
};

double glyph_width(Glyph glyph) { return glyph == Glyph::kLine || glyph == Glyph::kLineAndMarker ? 24 : 12; }

/// Heights of what stands above and below the plot; they depend on the width alone.
struct Rows {
  std::vector<std::string> title, subtitle;
  std::vector<LegendPlace> legend;
  size_t legend_rows = 0;
  double above = 0, below = 0;
};

bool has_guide_labels(const Chart& chart, Direction direction) {
  return std::any_of(chart.guides.begin(), chart.guides.end(),
                     [direction](const Guide& guide) { return guide.direction == direction && !guide.label.empty(); });
}

Rows rows_of(const FrameInput& input) {
  const double width = drawn_width(input.chart) - 2 * kEdge;
  Rows rows;
  rows.title = wrapped(input.chart.title, kTitleSize * 1.05, width, 2);
  rows.subtitle = wrapped(input.chart.subtitle, kSubtitleSize, width, 3);
  double x = 0;
  for (const LegendEntry& entry : input.legend) {
    if (entry.name.empty()) continue;
    const std::string text = fitted(entry.name, kLabelSize, width - glyph_width(entry.glyph) - kGlyphGap);
    const double needed = glyph_width(entry.glyph) + kGlyphGap + text_width(text, kLabelSize);
    if (x > 0 && x + needed > width) {
      x = 0;
      ++rows.legend_rows;
    }
    rows.legend.push_back({&entry, text, x, rows.legend_rows});
    x += needed + kLegendGap;
  }
  if (!rows.legend.empty()) ++rows.legend_rows;
  rows.above = kEdge + static_cast<double>(rows.title.size()) * kTitleLine +
               static_cast<double>(rows.subtitle.size()) * kSubtitleLine +
               static_cast<double>(rows.legend_rows) * kLegendLine;
  if (rows.above > kEdge) rows.above += 16;
  if (has_guide_labels(input.chart, Direction::kVertical)) rows.above += kGuideLabelRow;
  rows.below = kTickGap + kTickSize + 14;
  if (!axis_title(input.chart.x).empty()) rows.below += 20;
  return rows;
}

double plot_height(const FrameInput& input, const Rows& rows) {
  return std::max(kMinPlotHeight, input.chart.height - rows.above - rows.below);
}

Range y_range_of(const FrameInput& input, double height) {
  if (input.y_ticks) return input.y_range;
  return widened_to_ticks(input.y_range, input.chart.y, std::max(3, static_cast<int>(height / kTickPitch)));
}

std::vector<Tick> y_ticks_of(const FrameInput& input, double height) {
  if (input.y_ticks) {
    std::vector<Tick> ticks = *input.y_ticks;
    for (Tick& tick : ticks) tick.label = fitted(tick.label, kTickSize, drawn_width(input.chart) * 0.35);
    return ticks;
  }
  return make_ticks(y_range_of(input, height), input.chart.y, std::max(3, static_cast<int>(height / kTickPitch)));
}

/// As many ticks as stand side by side without touching.
std::vector<Tick> fitting_x_ticks(const FrameInput& input, const Range& range, const AxisMap& map, double width) {
  const auto fits = [&](const std::vector<Tick>& ticks, double gap) {
    for (size_t i = 1; i < ticks.size(); ++i) {
      const double halves = (text_width(ticks[i - 1].label, kTickSize) + text_width(ticks[i].label, kTickSize)) / 2;
      if (map(ticks[i].value) - map(ticks[i - 1].value) < halves + gap) return false;
    }
    return true;
  };
  if (input.x_ticks) {
    // Categories: every n-th where all do not fit.
    for (size_t stride = 1;; ++stride) {
      std::vector<Tick> kept;
      for (size_t i = 0; i < input.x_ticks->size(); i += stride) kept.push_back((*input.x_ticks)[i]);
      if (fits(kept, 8) || kept.size() < 2) return kept;
    }
  }
  for (int target = std::max(2, static_cast<int>(width / 70)); target > 1; --target) {
    std::vector<Tick> ticks = make_ticks(range, input.chart.x, target);
    if (fits(ticks, 14)) return ticks;
  }
  return make_ticks(range, input.chart.x, 1);
}

void draw_legend(Svg& svg, const Rows& rows, double top) {
  for (const LegendPlace& place : rows.legend) {
    const double x = kEdge + place.x;
    const double y = top + (static_cast<double>(place.row) + 0.5) * kLegendLine;
    const size_t index = place.entry->index;
    const std::string_view color = series_color(index);
    const Glyph glyph = place.entry->glyph;
    const double glyph_right = x + glyph_width(glyph);
    const double middle = (x + glyph_right) / 2;
    if (glyph == Glyph::kLine || glyph == Glyph::kLineAndMarker) {
      svg.line({x, y}, {glyph_right, y}, {color, 2, series_dash(index)});
    }
    if (glyph == Glyph::kMarker || glyph == Glyph::kLineAndMarker) {
      draw_marker(svg, {middle, y}, 4.5, index);
    }
    if (glyph == Glyph::kStem) {
      svg.line({middle, y + 7}, {middle, y - 3}, {color, 1.5});
      draw_marker(svg, {middle, y - 3}, 4, index);
    }
    if (glyph == Glyph::kSwatch) svg.rect({x, y - 6, 12, 12}, color);
    svg.text({glyph_right + kGlyphGap, y + kLabelSize * kCapHeight}, place.text,
             {.size = kLabelSize, .fill = kTextColor});
  }
}

void draw_bands(Svg& svg, const Chart& chart, const Frame& frame) {
  const Rect& plot = frame.plot;
  for (const Band& band : chart.bands) {
    const bool is_vertical = band.direction == Direction::kVertical;
    const Scale scale = is_vertical ? chart.x.scale : chart.y.scale;
    if (!is_placeable(band.from, scale) || !is_placeable(band.to, scale)) continue;
    const AxisMap& map = is_vertical ? frame.x : frame.y;
    const double low_end = is_vertical ? plot.x : plot.y;
    const double high_end = is_vertical ? plot.right() : plot.bottom();
    const double a = std::clamp(std::min(map(band.from), map(band.to)), low_end, high_end);
    const double b = std::clamp(std::max(map(band.from), map(band.to)), low_end, high_end);
    if (b <= a) continue;
    const Rect area = is_vertical ? Rect{a, plot.y, b - a, plot.height} : Rect{plot.x, a, plot.width, b - a};
    svg.rect(area, kBandColor, 0.14, band.label);
    if (text_width(band.label, kTickSize) + 8 <= area.width && area.height >= 16) {
      svg.text({area.x + 5, area.y + 13}, band.label, {.size = kTickSize, .fill = kQuietColor});
    }
  }
}

}  // namespace

std::string_view series_color(size_t index) {
  static constexpr std::array<std::string_view, 7> kColors = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                              "#e69f00", "#56b4e9", "#444444"};
  return kColors[index % kColors.size()];
}

std::string_view series_dash(size_t index) {
  static constexpr std::array<std::string_view, 4> kDashes = {"", "7 4", "2 4", "7 3 2 3"};
  return kDashes[index / 7 % kDashes.size()];
}

double drawn_width(const Chart& chart) {
  return std::isfinite(chart.width) ? std::clamp(chart.width, 240.0, 4000.0) : 840;
}

double drawn_height(const FrameInput& input) {
  const Rows rows = rows_of(input);
  return rows.above + plot_height(input, rows) + rows.below;
}

SideMargins side_margins(const FrameInput& input) {
  const Chart& chart = input.chart;
  double widest = 0;
  for (const Tick& tick : y_ticks_of(input, plot_height(input, rows_of(input)))) {
    widest = std::max(widest, text_width(tick.label, kTickSize));
  }
  SideMargins margins{kEdge + widest + kTickGap, kEdge + 8};
  if (!axis_title(chart.y).empty()) margins.left += kLabelSize + 10;
  for (const Guide& guide : chart.guides) {
    if (guide.direction != Direction::kHorizontal) continue;
    const double needed = text_width(guide.label, kTickSize) + kTickGap + 10;
    margins.right = std::max(margins.right, std::min(needed, drawn_width(chart) * 0.25));
  }
  return margins;
}

Frame draw_frame(Svg& svg, const FrameInput& input, double top, const SideMargins& margins) {
  const Chart& chart = input.chart;
  const Rows rows = rows_of(input);
  const double height = plot_height(input, rows);
  const Rect plot{margins.left, top + rows.above, drawn_width(chart) - margins.left - margins.right, height};
  const Range y_range = y_range_of(input, height);
  const int x_target = std::max(2, static_cast<int>(plot.width / 70));
  const Range x_range =
      input.widen_x && !input.x_ticks ? widened_to_ticks(input.x_range, chart.x, x_target) : input.x_range;
  Frame frame{plot, AxisMap(x_range, chart.x.scale, plot.x, plot.right()),
              AxisMap(y_range, chart.y.scale, plot.bottom(), plot.y)};

  double y = top + kEdge;
  for (const std::string& line : rows.title) {
    svg.text({kEdge, y + kTitleSize * 0.85}, line, {.size = kTitleSize, .fill = kTextColor, .bold = true});
    y += kTitleLine;
  }
  for (const std::string& line : rows.subtitle) {
    svg.text({kEdge, y + kSubtitleSize * 0.85}, line, {.size = kSubtitleSize, .fill = kQuietColor});
    y += kSubtitleLine;
  }
  draw_legend(svg, rows, y + (y > top + kEdge ? 3 : 0));
  draw_bands(svg, chart, frame);

  for (const Tick& tick : y_ticks_of(input, height)) {
    const double at = frame.y(tick.value);
    if (!input.y_ticks) svg.line({plot.x, at}, {plot.right(), at}, {kGridColor, 1});
    svg.text({plot.x - kTickGap, at + kTickSize * kCapHeight}, tick.label,
             {.size = kTickSize, .fill = kQuietColor, .anchor = Anchor::kEnd});
  }
  for (const Tick& tick : fitting_x_ticks(input, x_range, frame.x, plot.width)) {
    const double at = frame.x(tick.value);
    if (!input.x_ticks) svg.line({at, plot.bottom()}, {at, plot.bottom() + 4}, {kAxisColor, 1});
    const std::string label = fitted(tick.label, kTickSize, plot.width);
    const double half = text_width(label, kTickSize) / 2;
    const double center = std::clamp(at, std::min(at, 4 + half), std::max(at - half, drawn_width(chart) - 4 - half));
    svg.text({center, plot.bottom() + kTickGap + kTickSize}, label,
             {.size = kTickSize, .fill = kQuietColor, .anchor = Anchor::kMiddle});
  }
  svg.line({plot.x, plot.bottom()}, {plot.right(), plot.bottom()}, {kAxisColor, 1});
  if (input.y_ticks) svg.line({plot.x, plot.y}, {plot.x, plot.bottom()}, {kAxisColor, 1});

  svg.text({plot.x + plot.width / 2, plot.bottom() + kTickGap + kTickSize + 22},
           fitted(axis_title(chart.x), kLabelSize, plot.width),
           {.size = kLabelSize, .fill = kTextColor, .anchor = Anchor::kMiddle});
  svg.text({kEdge + kLabelSize * 0.8, plot.y + plot.height / 2},
           fitted(axis_title(chart.y), kLabelSize, plot.height + 40),
           {.size = kLabelSize, .fill = kTextColor, .anchor = Anchor::kMiddle, .upward = true});
  return frame;
}

void draw_guides(Svg& svg, const Chart& chart, const Frame& frame, double right_margin) {
  const Rect& plot = frame.plot;
  std::vector<const Guide*> guides;
  for (const Guide& guide : chart.guides) guides.push_back(&guide);
  const auto pixel = [&](const Guide& guide) {
    return guide.direction == Direction::kVertical ? frame.x(guide.at) : frame.y(guide.at);
  };
  std::stable_sort(guides.begin(), guides.end(), [&](const Guide* a, const Guide* b) { return pixel(*a) < pixel(*b); });
  double last_label_right = -1e6;
  double last_label_y = -1e6;
  for (const Guide* guide : guides) {
    const bool is_vertical = guide->direction == Direction::kVertical;
    if (!is_placeable(guide->at, is_vertical ? chart.x.scale : chart.y.scale)) continue;
    const double at = pixel(*guide);
    const Stroke stroke{kGuideColor, 1, "4 3"};
    if (is_vertical) {
      if (at < plot.x - 0.5 || at > plot.right() + 0.5) continue;
      svg.line({at, plot.y}, {at, plot.bottom()}, stroke);
      const std::string label = fitted(guide->label, kTickSize, plot.width);
      const double half = text_width(label, kTickSize) / 2;
      const double center =
          std::clamp(at, std::min(at, kEdge + half), std::max(plot.x + half, plot.right() + right_margin - half - 4));
      if (label.empty() || center - half < last_label_right + 6) continue;
      last_label_right = center + half;
      svg.text({center, plot.y - 5}, label, {.size = kTickSize, .fill = kQuietColor, .anchor = Anchor::kMiddle});
    } else {
      if (at < plot.y - 0.5 || at > plot.bottom() + 0.5) continue;
      svg.line({plot.x, at}, {plot.right(), at}, stroke);
      if (guide->label.empty() || at < last_label_y + 13) continue;
      last_label_y = at;
      svg.text({plot.right() + kTickGap, at + kTickSize * kCapHeight},
               fitted(guide->label, kTickSize, right_margin - kTickGap - 4), {.size = kTickSize, .fill = kQuietColor});
    }
  }
}

void draw_marker(Svg& svg, Point center, double radius, size_t index, std::string_view tooltip) {
  const std::string_view color = series_color(index);
  const double x = center.x;
  const double y = center.y;
  switch (index % 4) {
    case 0:
      svg.circle(center, radius, color, tooltip);
      break;
    case 1: {
      const double half = radius * 0.9;
      svg.polygon({{x - half, y - half}, {x + half, y - half}, {x + half, y + half}, {x - half, y + half}}, color,
                  tooltip);
      break;
    }
    case 2:
      svg.polygon({{x, y - radius * 1.2}, {x + radius * 1.1, y + radius * 0.8}, {x - radius * 1.1, y + radius * 0.8}},
                  color, tooltip);
      break;
    default:
      svg.polygon({{x, y - radius * 1.3}, {x + radius * 1.3, y}, {x, y + radius * 1.3}, {x - radius * 1.3, y}}, color,
                  tooltip);
  }
}

}  // namespace vs::plot
