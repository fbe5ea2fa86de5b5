// The arithmetic of one pixel of AdaFocusV2's crop: where it lies, its value, its slopes.
#pragma once

#include <cmath>
#include <cstdint>

#include "lib/cuda/kernels/host_device.h"

namespace vs::cuda {

/// Where a patch begins along an axis: the pixel before it, and how far beyond that one in [0, 1).
struct PatchStart {
  int32_t first;
  float fraction;
};

/// action * (length - size). A patch that is nowhere near the image, or nowhere (NaN), is put wholly outside.
VS_HOST_DEVICE inline PatchStart patch_start(float action, int32_t length, int32_t size) {
  float position = action * static_cast<float>(length - size);
  const float lowest = -static_cast<float>(size) - 1, highest = static_cast<float>(length);
  if (!(position > lowest)) position = lowest;
  if (position > highest) position = highest;
  const float first = floorf(position);
  return {static_cast<int32_t>(first), position - first};
}

/// The image at the four pixels around one place, zeros outside the image.
struct Corners {
  float upper_left, upper_right, lower_left, lower_right;
};

/// value(y, x) is called for pixels inside [0, height) x [0, width) only.
template <class Value>
VS_HOST_DEVICE inline Corners corners_at(int32_t y, int32_t x, int32_t height, int32_t width, Value value) {
  const bool upper = y >= 0 && y < height, lower = y + 1 >= 0 && y + 1 < height;
  const bool left = x >= 0 && x < width, right = x + 1 >= 0 && x + 1 < width;
  return {upper && left ? value(y, x) : 0.0F, upper && right ? value(y, x + 1) : 0.0F,
          lower && left ? value(y + 1, x) : 0.0F, lower && right ? value(y + 1, x + 1) : 0.0F};
}

/// Between the corners, `down` and `across` in [0, 1).
VS_HOST_DEVICE inline float bilinear(const Corners& at, float down, float across) {
  const float upper = at.upper_left * (1 - across) + at.upper_right * across;
  const float lower = at.lower_left * (1 - across) + at.lower_right * across;
  return upper * (1 - down) + lower * down;
}

/// How bilinear() changes with `down`, per pixel.
VS_HOST_DEVICE inline float slope_down(const Corners& at, float across) {
  return (at.lower_left - at.upper_left) * (1 - across) + (at.lower_right - at.upper_right) * across;
}

/// How bilinear() changes with `across`, per pixel.
VS_HOST_DEVICE inline float slope_across(const Corners& at, float down) {
  return (at.upper_right - at.upper_left) * (1 - down) + (at.lower_right - at.lower_left) * down;
}

}  // namespace vs::cuda
