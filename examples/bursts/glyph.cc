#include "examples/bursts/glyph.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace vs::bursts {
namespace {

constexpr std::array<std::string_view, kGlyphClasses> kNames = {"circle", "square", "triangle",  "cross",   "ring",
                                                                "star",   "bars",   "hourglass", "chevron", "corner"};

bool in_box(double u, double v, double left, double top, double right, double bottom) {
  return u >= left && u <= right && v >= top && v <= bottom;
}

bool in_triangle(double u, double v) {
  // Equilateral, tip up, in the unit circle.
  return v <= 0.5 && v >= -1 + std::abs(u) * std::numbers::sqrt3;
}

bool in_star(double u, double v) {
  // Five tips on the unit circle: in each fifth, the side of the line from tip to notch that has the center.
  constexpr double kNotch = 0.42, kFifth = 2 * std::numbers::pi / 5;
  double turn = std::fmod(std::atan2(u, -v) + 2 * std::numbers::pi, kFifth);
  turn = std::min(turn, kFifth - turn);
  const double radius = std::hypot(u, v), x = radius * std::cos(turn), y = radius * std::sin(turn);
  const double notch_x = kNotch * std::cos(kFifth / 2), notch_y = kNotch * std::sin(kFifth / 2);
  return (1 - x) * notch_y >= y * (1 - notch_x);
}

}  // namespace

std::string_view glyph_name(int label) { return kNames.at(static_cast<size_t>(label)); }

bool glyph_covers(int label, double u, double v) {
  const double across = std::abs(u), along = std::abs(v), radius_squared = u * u + v * v;
  if (radius_squared > 1) return false;
  switch (label) {
    case 0:
      return radius_squared <= 0.9;
    case 1:
      return across <= 0.7 && along <= 0.7;
    case 2:
      return in_triangle(u, v);
    case 3:
      return across <= 0.26 || along <= 0.26;
    case 4:
      return radius_squared >= 0.36;
    case 5:
      return in_star(u, v);
    case 6:
      return along <= 0.75 && (across <= 0.14 || (across >= 0.42 && across <= 0.7));
    case 7:
      return along <= 0.75 && across <= 0.85 * along;
    case 8:
      return across <= 0.8 && std::abs(v - across + 0.4) <= 0.32;
    default:
      return in_box(u, v, -0.7, -0.7, -0.2, 0.7) || in_box(u, v, -0.7, 0.2, 0.7, 0.7);
  }
}

void draw_glyph(Plane& plane, const Glyph& glyph, float gray) {
  constexpr int kPoints = 4;
  const double radius = glyph.size / 2, cosine = std::cos(glyph.angle), sine = std::sin(glyph.angle);
  const auto first = [&](double middle) { return static_cast<int64_t>(std::floor(middle - radius)); };
  const auto last = [&](double middle) { return static_cast<int64_t>(std::ceil(middle + radius)); };
  const int64_t right = std::min(last(glyph.center.x), plane.width), left = std::max<int64_t>(first(glyph.center.x), 0);
  const int64_t bottom = std::min(last(glyph.center.y), plane.height),
                top = std::max<int64_t>(first(glyph.center.y), 0);
  for (int64_t y = top; y < bottom; ++y) {
    float* row = plane.row(y);
    for (int64_t x = left; x < right; ++x) {
      int covered = 0;
      for (int down = 0; down < kPoints; ++down) {
        const double dy = (static_cast<double>(y) + (down + 0.5) / kPoints - glyph.center.y) / radius;
        for (int across = 0; across < kPoints; ++across) {
          const double dx = (static_cast<double>(x) + (across + 0.5) / kPoints - glyph.center.x) / radius;
          covered += glyph_covers(glyph.label, cosine * dx + sine * dy, cosine * dy - sine * dx);
        }
      }
      row[x] += (gray - row[x]) * static_cast<float>(covered) / (kPoints * kPoints);
    }
  }
}

}  // namespace vs::bursts
