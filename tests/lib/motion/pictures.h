// Pictures with known content for the tests of this room.
#pragma once

#include <cstdint>

#include "lib/media/image.h"

namespace vs::motion::testing {

/// Pseudo-random bytes; equal seeds give equal pictures.
inline media::Image noise(int width, int height, int channels, uint32_t seed) {
  media::Image image(width, height, channels);
  uint32_t state = seed * 2654435761U + 1;
  for (auto& value : image.pixels) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<uint8_t>(state >> 24);
  }
  return image;
}

inline media::Image constant(int width, int height, int channels, uint8_t value) {
  media::Image image(width, height, channels);
  for (auto& pixel : image.pixels) pixel = value;
  return image;
}

}  // namespace vs::motion::testing
