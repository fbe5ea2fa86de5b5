#include "lib/plot/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace vs::plot {
namespace {

constexpr double kLargest = 1.5e308;  // leaves room to widen a range
constexpr double kSmallest = 1e-300;
constexpr double kMost = std::numeric_limits<double>::max();

/// Step of 1, 2, 2.5 or 5 times a power of ten, not below `rough`.
double round_step(double rough, bool whole_numbers) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power < rough * (1 - 1e-9)) continue;
    if (whole_numbers && factor == 2.5 && power < 10) continue;
    step = factor * power;
    break;
  }
  return whole_numbers ? std::max(1.0, step) : step;
}

double linear_step(const Range& range, bool whole_numbers, int target) {
  const double span = range.high / 2 - range.low / 2;  // halves: the whole may not fit in a double
  return round_step(std::max(span / std::max(1, target), kSmallest) * 2, whole_numbers);
}

bool is_log(const Axis& axis) { return axis.scale == Scale::kLog10; }

/// Decades that a logarithmic range spans.
double decades(const Range& range) { return std::log10(range.high) - std::log10(range.low); }

std::string superscript(int exponent) {
  static constexpr std::array<std::string_view, 10> kDigits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = exponent < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(exponent))) out += kDigits[static_cast<size_t>(digit - '0')];
  return out;
}

/// "-12 345.60" to the given decimals, digits grouped by thin spaces from five digits on.
std::string grouped(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
  const bool is_zero = text.find_first_not_of("0.") == std::string::npos;
  const size_t whole = std::min(text.find('.'), text.size());
  if (whole >= 5) {
    for (size_t i = whole; i > 3; i -= 3) text.insert(i - 3, "\u2009");
  }
  return (value < 0 && !is_zero ? "\u2212" : "") + text;
}

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// Decimals needed so that multiples of `step` differ.
int decimals_of(double step) {
  for (int decimals = 0; decimals < 12; ++decimals) {
    const double scaled = step * std::pow(10.0, decimals);
    if (std::abs(scaled - std::round(scaled)) < 1e-6 * scaled && std::round(scaled) >= 1) return decimals;
  }
  return 12;
}

std::vector<double> linear_values(const Range& range, double step) {
  std::vector<double> values;
  const double first = std::ceil(range.low / step - 1e-9);
  for (int i = 0; i < 1000; ++i) {
    const double value = (first + i) * step;
    if (value > range.high + step * 1e-9) break;
    values.push_back(value);
  }
  return values;
}

std::vector<double> log_values(const Range& range, int target) {
  const int first = static_cast<int>(std::floor(std::log10(range.low) + 1e-9));
  const int last = static_cast<int>(std::ceil(std::log10(range.high) - 1e-9));
  const int stride = std::max(1, static_cast<int>(std::ceil(decades(range) / std::max(1, target))));
  const bool with_multiples = stride == 1 && 3 * decades(range) <= target + 1;
  std::vector<double> values;
  for (int exponent = first; exponent <= last; ++exponent) {
    if (((exponent % stride) + stride) % stride != 0) continue;
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && !with_multiples) continue;
      const double value = factor * std::pow(10.0, exponent);
      if (std::isfinite(value) && value >= range.low * (1 - 1e-9) && value <= range.high * (1 + 1e-9))
        values.push_back(value);
    }
  }
  return values;
}

}  // namespace

bool is_placeable(double value, Scale scale) { return std::isfinite(value) && (scale == Scale::kLinear || value > 0); }

Range data_range(std::span<const double> values, const Axis& axis, bool include_zero) {
  bool any = false;
  Range range;
  for (const double raw : values) {
    if (!is_placeable(raw, axis.scale)) continue;
    const double value = std::clamp(raw, -kLargest, kLargest);
    range.low = any ? std::min(range.low, value) : value;
    range.high = any ? std::max(range.high, value) : value;
    any = true;
  }
  if (is_log(axis)) {
    if (!any) range = {1, 10};
    range.low = std::max(range.low, kSmallest);
    if (axis.low && is_placeable(*axis.low, axis.scale)) range.low = std::clamp(*axis.low, kSmallest, kLargest);
    if (axis.high && is_placeable(*axis.high, axis.scale)) range.high = std::clamp(*axis.high, kSmallest, kLargest);
    if (!(range.low * 1.001 < range.high)) range = {range.low / 2, std::min(range.low, kLargest / 2) * 2};
    return range;
  }
  if (!any) range = {0, 1};
  if (include_zero) range = {std::min(range.low, 0.0), std::max(range.high, 0.0)};
  if (axis.low && std::isfinite(*axis.low)) range.low = std::clamp(*axis.low, -kLargest, kLargest);
  if (axis.high && std::isfinite(*axis.high)) range.high = std::clamp(*axis.high, -kLargest, kLargest);
  // A range narrower than this could not be labelled with a handful of digits.
  const double magnitude = std::max(std::abs(range.low), std::abs(range.high));
  if (!(range.high / 2 - range.low / 2 > magnitude * 1e-9)) {
    const double middle = range.low;
    const double room = std::max(axis.whole_numbers ? 1.0 : 0.0, magnitude < kSmallest ? 1 : std::abs(middle) * 0.1);
    range = {middle - room, middle + room};
  }
  return range;
}

Range widened_to_ticks(const Range& range, const Axis& axis, int target) {
  Range wide = range;
  if (is_log(axis)) {
    // Out to the next 1, 2 or 5 times a power of ten.
    const auto next = [](double value, bool up) {
      const double power = std::pow(10.0, std::floor(std::log10(value) + 1e-9));
      double best = up ? 10 * power : power;
      for (const double factor : {1.0, 2.0, 5.0}) {
        if (up && factor * power >= value * (1 - 1e-9)) best = std::min(best, factor * power);
        if (!up && factor * power <= value * (1 + 1e-9)) best = std::max(best, factor * power);
      }
      return best;
    };
    if (!axis.low) wide.low = next(range.low, false);
    if (!axis.high) wide.high = std::min(next(range.high, true), kMost);
    return wide;
  }
  const double step = linear_step(range, axis.whole_numbers, target);
  if (!axis.low) wide.low = std::max(std::floor(range.low / step + 1e-9) * step, -kMost);
  if (!axis.high) wide.high = std::min(std::ceil(range.high / step - 1e-9) * step, kMost);
  return wide;
}

std::vector<Tick> make_ticks(const Range& range, const Axis& axis, int target) {
  std::vector<Tick> ticks;
  if (is_log(axis) && decades(range) >= 0.7) {
    for (const double value : log_values(range, target)) ticks.push_back({value, format_value(value, value)});
    if (ticks.size() >= 2) return ticks;
    ticks.clear();
  }
  const double step = linear_step(range, axis.whole_numbers, target);
  // All labels of an axis share the unit prefix of its largest value, so that their steps can be compared.
  for (const double value : linear_values(range, step)) ticks.push_back({value, format_value(value, step)});
  return ticks;
}

std::string format_value(double value, double step) {
  const double magnitude = std::abs(value);
  step = std::abs(step);
  if (!std::isfinite(value)) return std::isnan(value) ? "none" : value > 0 ? "\u221e" : "\u2212\u221e";
  if (magnitude < step * 1e-6) return "0";
  if (magnitude >= 1e15 || magnitude < 9.99e-5) {
    const int exponent = static_cast<int>(std::floor(std::log10(magnitude) + 1e-12));
    const double mantissa = value / std::pow(10.0, exponent);
    const int decimals = std::min(6, decimals_of(step / std::pow(10.0, exponent)));
    const std::string digits = without_trailing_zeros(grouped(mantissa, decimals));
    std::string power = "10" + superscript(exponent);
    if (digits == "1") return power;
    return digits == "\u22121" ? "\u2212" + power : digits + "×" + power;
  }
  struct Prefix {
    double factor;
    std::string_view name;
  };
  for (const Prefix& prefix : {Prefix{1e12, "T"}, Prefix{1e9, "G"}, Prefix{1e6, "M"}}) {
    if (magnitude < prefix.factor * (1 - 1e-9)) continue;
    const std::string digits = grouped(value / prefix.factor, decimals_of(step / prefix.factor));
    return fmt::format("{}\u00a0{}", without_trailing_zeros(digits), prefix.name);
  }
  return grouped(value, decimals_of(step));
}

std::string format_short(double value) {
  if (!std::isfinite(value) || value == 0) return format_value(value, 1);
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-12));
  const bool is_plain = exponent >= 2 && exponent < 6;
  const double step = is_plain ? 1 : std::pow(10.0, exponent - 2);
  const double rounded = std::round(value / step) * step;
  return without_trailing_zeros(format_value(rounded, step));
}

AxisMap::AxisMap(const Range& range, Scale scale, double from_px, double to_px)
    : scale_(scale), low_(0), high_(0), from_px_(from_px), to_px_(to_px) {
  low_ = position(range.low);
  high_ = position(range.high);
}

double AxisMap::position(double value) const {
  // A quarter, so that the distance between the largest values still fits in a double.
  return scale_ == Scale::kLog10 ? std::log10(std::max(value, kSmallest)) : value / 4;
}

double AxisMap::operator()(double value) const {
  const double share = (position(value) - low_) / (high_ - low_);
  return std::clamp(from_px_ + share * (to_px_ - from_px_), -1e6, 1e6);
}

std::string axis_title(const Axis& axis) {
  if (axis.unit.empty()) return axis.label;
  return axis.label.empty() ? axis.unit : fmt::format("{} ({})", axis.label, axis.unit);
}

}  // namespace vs::plot
