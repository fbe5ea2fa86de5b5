// Arithmetic on 8-bit pixels: gray, turning, OpenCV's bilinear, range and matrix of planes. No FFmpeg in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/media/image.h"

namespace vs::media {

/// Gray from RGB: (9798 R + 19235 G + 3735 B + 2^14) >> 15, OpenCV's COLOR_RGB2GRAY for 8 bits. Sets gray's size.
void rgb_to_gray(const ImageView& rgb, Image& gray);

/// OpenCV's INTER_LINEAR for 8-bit pictures, equal to the bit: weights of 11 bits, and the mean of 2 x 2 pixels where
/// both sides are halved exactly. `output` has its size and channels set; channels equal those of `input`.
void opencv_bilinear(const ImageView& input, Image& output);

/// Turns a picture clockwise by 0, 90, 180 or 270 degrees; sets output's size. Throws std::logic_error for other
/// angles.
void turn_clockwise(const ImageView& input, int degrees, Image& output);
/// The same for planes. Edges are not repeated.
void turn_clockwise(const YuvImage& input, int degrees, YuvImage& output);

/// Luma from limited to full range: near((y - 16) 255 / 219), cut to 0..255. `count` samples, may not overlap.
void expand_luma(const uint8_t* input, uint8_t* output, std::size_t count);
/// Chroma from limited to full range: 128 + near((c - 128) 255 / 224), cut to 0..255.
void expand_chroma(const uint8_t* input, uint8_t* output, std::size_t count);

/// How full-range Y, Cb, Cr of one matrix become those of another: Y += luma[0] Cb + luma[1] Cr, and
/// (Cb, Cr) = (chroma[0] Cb + chroma[1] Cr, chroma[2] Cb + chroma[3] Cr), Cb and Cr counted from their middle.
struct MatrixChange {
  std::array<double, 2> luma{};
  std::array<double, 4> chroma{};
};

/// From the matrix with red and blue weights (kr, kb) to BT.601 (0.299, 0.114).
MatrixChange matrix_to_bt601(double kr, double kb);
/// Applies it in place. Each chroma sample serves its 2 x 2 luma samples. Results are rounded and cut to 0..255.
void change_matrix(YuvImage& planes, const MatrixChange& change);

}  // namespace vs::media
