// Axes: ranges, round ticks and their labels, and the map from values to pixels.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vs::plot {

/// How values become lengths.
enum class Scale { kLinear, kLog10 };

/// What a chart's maker says about one axis. An axis title reads "label (unit)".
struct Axis {
  std::string label = {};
  std::string unit = {};
  Scale scale = Scale::kLinear;
  std::optional<double> low = {}, high = {};  ///< fixed ends; else taken from the data. Data beyond them is cut off
  bool whole_numbers = false;                 ///< counts and indices: no ticks between whole numbers
};

/// A range of values, low < high, both finite.
struct Range {
  double low = 0, high = 1;
};

/// A tick: where, and what stands beside it.
struct Tick {
  double value = 0;
  std::string label = {};
};

/// Whether a chart can place the value: finite, and above 0 on a logarithmic axis.
bool is_placeable(double value, Scale scale);

/// The range that holds all placeable values, and the axis' own ends where given.
///
/// Magnitudes are cut at 1.5e308. Without values 0..1 (logarithmic: 1..10); a single value gets room on both sides.
/// With include_zero a linear range reaches 0. On a logarithmic axis an end that is not above 0 is ignored, and so is
/// a low that is not below high.
Range data_range(std::span<const double> values, const Axis& axis, bool include_zero = false);

/// The range widened to the next ticks, for ends that the axis does not fix.
Range widened_to_ticks(const Range& range, const Axis& axis, int target);

/// Round tick values inside the range, about `target` of them (at least 1), rising, labels distinct.
/// Linear steps are 1, 2, 2.5 or 5 times a power of ten; logarithmic ones are powers of ten, over short ranges also
/// their multiples 2 and 5, or linear steps within one decade.
std::vector<Tick> make_ticks(const Range& range, const Axis& axis, int target);

/// A number for people, precise to `step`: "0.25", "12 500", "2.5 M" (from a million on), "5×10⁻⁶".
std::string format_value(double value, double step);

/// A number for people with about three significant digits: "0.123", "1.5", "12 346", "2.35 M".
std::string format_short(double value);

/// Values to pixels along one axis; from_px may be larger than to_px (the y axis of a picture).
class AxisMap {
 public:
  AxisMap(const Range& range, Scale scale, double from_px, double to_px);
  /// Pixel of a placeable value; kept within a million pixels.
  double operator()(double value) const;

 private:
  double position(double value) const;
  Scale scale_;
  double low_, high_, from_px_, to_px_;
};

/// "label (unit)", or what of it there is.
std::string axis_title(const Axis& axis);

}  // namespace vs::plot
