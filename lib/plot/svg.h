// Writing SVG: elements, escaped text, numbers that are the same on every machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vs::plot {

/// Where a text sits against its point.
enum class Anchor { kStart, kMiddle, kEnd };

/// How a text looks.
struct TextStyle {
  double size = 11;
  std::string_view fill = "#333333";
  Anchor anchor = Anchor::kStart;
  bool bold = false;
  bool halo = false;    ///< a white rim, for text over data
  bool upward = false;  ///< turned by -90 degrees around its point
};

/// How a line looks. An empty dash is a solid line ("4 3" draws 4, leaves 3).
struct Stroke {
  std::string_view color = "#888888";
  double width = 1;
  std::string_view dash = {};
};

/// A point in pixels, y downwards.
struct Point {
  double x = 0, y = 0;
};

/// A rectangle in pixels.
struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

/// Text for XML content and attribute values: & < > " ' escaped; bad UTF-8 and characters that XML forbids replaced by
/// U+FFFD; line ends and tabs turned into blanks.
std::string escaped(std::string_view text);

/// A coordinate with at most two decimals, no trailing zeros, never "-0", never in exponent form. Not finite: "0".
std::string coordinate(double value);

/// Width in pixels that a text takes in a common sans-serif font, rather too large than too small.
double text_width(std::string_view text, double size);

/// The text, cut with "…" where it is wider than `width`.
std::string fitted(std::string_view text, double size, double width);

/// The text in lines of at most `width` pixels, broken at blanks; at most `max_lines`, the last one cut with "…".
std::vector<std::string> wrapped(std::string_view text, double size, double width, size_t max_lines);

/// An SVG document being written.
class Svg {
 public:
  /// title: what a screen reader says and a browser shows.
  Svg(double width, double height, std::string_view title);

  void line(Point from, Point to, const Stroke& stroke);
  void polyline(const std::vector<Point>& points, const Stroke& stroke);
  /// Filled shapes; tooltip may be empty, opacity in (0, 1].
  void rect(const Rect& rect, std::string_view fill, double opacity = 1, std::string_view tooltip = {});
  void circle(Point center, double radius, std::string_view fill, std::string_view tooltip = {});
  /// A closed polygon, filled, with a thin white rim.
  void polygon(const std::vector<Point>& points, std::string_view fill, std::string_view tooltip = {});
  /// `at` is the left, middle or right end of the text's baseline.
  void text(Point at, std::string_view text, const TextStyle& style);
  /// What is drawn until pop_clip() is cut off outside the rectangle.
  void push_clip(const Rect& rect);
  void pop_clip();

  /// The whole document, with a final line end.
  std::string finish() &&;

 private:
  std::string out_;
};

}  // namespace vs::plot
