// The ten glyphs: shapes inside the unit circle, drawn at any place, size and angle.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vs::bursts {

inline constexpr int kGlyphClasses = 10;

/// "circle", "square", ...; 0 <= label < kGlyphClasses.
std::string_view glyph_name(int label);

/// True if the point (u right, v down) is part of the shape, which lies within the unit circle.
bool glyph_covers(int label, double u, double v);

/// A place in a picture: pixels from its left upper corner, pixel (0, 0) reaching from 0 to 1.
struct Point {
  double x = 0, y = 0;
};

/// A shape as it lies in a picture.
struct Glyph {
  int label = 0;
  Point center;
  double size = 0;   ///< diameter of its circle, pixels
  double angle = 0;  ///< radians
};

/// A gray picture in floating point, row by row.
struct Plane {
  int64_t width = 0, height = 0;
  std::vector<float> values;  ///< [H,W]

  Plane(int64_t columns, int64_t rows)
      : width(columns), height(rows), values(static_cast<size_t>(columns) * static_cast<size_t>(rows)) {}
  float* row(int64_t y) { return values.data() + y * width; }
  const float* row(int64_t y) const { return values.data() + y * width; }
};

/// Draws the glyph with smooth edges (16 points a pixel); parts outside the plane are left out.
void draw_glyph(Plane& plane, const Glyph& glyph, float gray);

}  // namespace vs::bursts
