// A tiny fixed font for labels on contact sheets.
#pragma once

#include <string_view>

#include "lib/media/image.h"

namespace vs::jobs {

constexpr int kGlyphWidth = 5, kGlyphHeight = 7;

/// Width in pixels of a text at a whole scale: 6 columns a character, the last one's gap left out. 0 for no text.
int bitmap_text_width(std::string_view text, int scale);

/// Draws digits, letters (small ones as capitals), blank and - . : / ( ) on an RGB or gray picture, `level` in every
/// channel; other characters are a box. (x, y): left upper corner. What is outside the picture is cut off.
void draw_bitmap_text(media::Image& image, int x, int y, std::string_view text, int scale, uint8_t level);

}  // namespace vs::jobs
