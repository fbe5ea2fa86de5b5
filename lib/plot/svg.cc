#include "lib/plot/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace vs::plot {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";
constexpr std::string_view kEllipsis = "…";

/// One code point of UTF-8: how many bytes, and which; 0xFFFD for a byte that begins no valid sequence.
struct CodePoint {
  size_t length = 1;
  uint32_t value = 0xFFFD;
};

CodePoint code_point_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t first = byte(at);
  if (first < 0x80) return {1, first};
  const size_t length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first >= 0xF5 || at + length > text.size()) return {};
  uint32_t value = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return {};
    value = value << 6U | (byte(at + i) & 0x3FU);
  }
  const bool too_long = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (too_long || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {};
  return {length, value};
}

/// Width of a character in units of the font size, after DejaVu Sans, a wide font.
double character_width(uint32_t c) {
  if (c == 0x2009) return 0.2;
  if (c >= 0x2070 && c < 0x2090) return 0.42;  // superscripts
  if (c >= 0x1100) return c < 0x2E80 ? 0.85 : 1.0;
  if (c >= 0x80) return 0.65;
  const auto ascii = static_cast<char>(c);
  const auto is_in = [ascii](std::string_view set) { return set.find(ascii) != std::string_view::npos; };
  if (is_in("iljI|.,:;'! ")) return 0.34;
  if (is_in("ftr()[]/\\-\"")) return 0.42;
  if (is_in("mwMW%@")) return 0.98;
  if (ascii >= 'A' && ascii <= 'Z') return 0.72;
  return 0.63;
}

std::string opened(std::string_view element, std::string_view attributes, std::string_view tooltip) {
  if (tooltip.empty()) return fmt::format("<{} {}/>\n", element, attributes);
  return fmt::format("<{} {}><title>{}</title></{}>\n", element, attributes, escaped(tooltip), element);
}

std::string stroke_attributes(const Stroke& stroke) {
  std::string out = fmt::format("stroke=\"{}\" stroke-width=\"{}\"", stroke.color, coordinate(stroke.width));
  if (!stroke.dash.empty()) out += fmt::format(" stroke-dasharray=\"{}\"", stroke.dash);
  return out;
}

std::string joined(const std::vector<Point>& points) {
  std::string out;
  for (const Point& point : points) {
    if (!out.empty()) out += ' ';
    out += coordinate(point.x) + ',' + coordinate(point.y);
  }
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text, i);
    const bool is_bad = c.length == 1 && c.value == 0xFFFD;
    const bool is_blank = c.value == '\n' || c.value == '\r' || c.value == '\t';
    const bool is_control = c.value < 0x20 || c.value == 0x7F;
    if (is_blank) {
      out += ' ';
    } else if (is_bad || is_control || c.value == 0xFFFE || c.value == 0xFFFF) {
      out += kReplacement;
    } else if (c.value == '&') {
      out += "&amp;";
    } else if (c.value == '<') {
      out += "&lt;";
    } else if (c.value == '>') {
      out += "&gt;";
    } else if (c.value == '"') {
      out += "&quot;";
    } else if (c.value == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(i, c.length);
    }
    i += c.length;
  }
  return out;
}

std::string coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = fmt::format("{:.2f}", std::clamp(value, -1e6, 1e6));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text, i);
    width += character_width(c.value);
    i += c.length;
  }
  return width * size;
}

std::string fitted(std::string_view text, double size, double width) {
  if (text_width(text, size) <= width) return std::string(text);
  const double room = width - text_width(kEllipsis, size);
  double used = 0;
  size_t end = 0;
  while (end < text.size()) {
    const CodePoint c = code_point_at(text, end);
    used += character_width(c.value) * size;
    if (used > room) break;
    end += c.length;
  }
  while (end > 0 && text[end - 1] == ' ') --end;
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

std::vector<std::string> wrapped(std::string_view text, double size, double width, size_t max_lines) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < text.size() && lines.size() < max_lines) {
    if (lines.size() + 1 == max_lines || text_width(text.substr(begin), size) <= width) {
      lines.push_back(fitted(text.substr(begin), size, width));
      break;
    }
    // The last blank at which the line still fits; a word wider than the line is cut.
    size_t end = std::string_view::npos;
    for (size_t blank = text.find(' ', begin); blank != std::string_view::npos; blank = text.find(' ', blank + 1)) {
      if (text_width(text.substr(begin, blank - begin), size) > width) break;
      end = blank;
    }
    if (end == std::string_view::npos) {
      end = std::min(text.find(' ', begin), text.size());
    }
    lines.push_back(fitted(text.substr(begin, end - begin), size, width));
    begin = end;
    while (begin < text.size() && text[begin] == ' ') ++begin;
  }
  return lines;
}

Svg::Svg(double width, double height, std::string_view title) {
  const std::string name = escaped(title.empty() ? "chart" : title);
  out_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
      "aria-label=\"{2}\" font-family=\"sans-serif\">\n<title>{2}</title>\n",
      coordinate(width), coordinate(height), name);
  rect({0, 0, width, height}, "#ffffff");
}

void Svg::line(Point from, Point to, const Stroke& stroke) {
  out_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {}/>\n", coordinate(from.x), coordinate(from.y),
                      coordinate(to.x), coordinate(to.y), stroke_attributes(stroke));
}

void Svg::polyline(const std::vector<Point>& points, const Stroke& stroke) {
  if (points.size() < 2) return;
  out_ += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\" {}/>\n",
                      joined(points), stroke_attributes(stroke));
}

void Svg::rect(const Rect& rect, std::string_view fill, double opacity, std::string_view tooltip) {
  std::string attributes =
      fmt::format("x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"", coordinate(rect.x), coordinate(rect.y),
                  coordinate(std::max(0.0, rect.width)), coordinate(std::max(0.0, rect.height)), fill);
  if (opacity < 1) attributes += fmt::format(" fill-opacity=\"{}\"", coordinate(opacity));
  out_ += opened("rect", attributes, tooltip);
}

void Svg::circle(Point center, double radius, std::string_view fill, std::string_view tooltip) {
  out_ += opened("circle",
                 fmt::format("cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\" stroke=\"#ffffff\" stroke-width=\"1\"",
                             coordinate(center.x), coordinate(center.y), coordinate(radius), fill),
                 tooltip);
}

void Svg::polygon(const std::vector<Point>& points, std::string_view fill, std::string_view tooltip) {
  out_ += opened("polygon",
                 fmt::format("points=\"{}\" fill=\"{}\" stroke=\"#ffffff\" stroke-width=\"1\"", joined(points), fill),
                 tooltip);
}

void Svg::text(Point at, std::string_view text, const TextStyle& style) {
  if (text.empty()) return;
  std::string attributes = fmt::format("x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"", coordinate(at.x),
                                       coordinate(at.y), coordinate(style.size), style.fill);
  if (style.anchor == Anchor::kMiddle) attributes += " text-anchor=\"middle\"";
  if (style.anchor == Anchor::kEnd) attributes += " text-anchor=\"end\"";
  if (style.bold) attributes += " font-weight=\"bold\"";
  if (style.halo) {
    attributes += " stroke=\"#ffffff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"";
  }
  if (style.upward) {
    attributes += fmt::format(" transform=\"rotate(-90 {} {})\"", coordinate(at.x), coordinate(at.y));
  }
  out_ += fmt::format("<text {}>{}</text>\n", attributes, escaped(text));
}

void Svg::push_clip(const Rect& rect) {
  // A nested picture clips by itself and needs no id, so that several charts can share one HTML page.
  out_ += fmt::format("<svg x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" viewBox=\"{0} {1} {2} {3}\">\n",
                      coordinate(rect.x), coordinate(rect.y), coordinate(rect.width), coordinate(rect.height));
}

void Svg::pop_clip() { out_ += "</svg>\n"; }

std::string Svg::finish() && {
  out_ += "</svg>\n";
  return std::move(out_);
}

}  // namespace vs::plot
