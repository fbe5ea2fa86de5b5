#include "lib/media/image_pixels.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace vs::media {
namespace {

uint8_t cut(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

void make(Image& image, int width, int height, int channels) {
  if (image.width != width || image.height != height || image.channels != channels) {
    image = Image(width, height, channels);
  }
}

/// Turns one plane of `channels` interleaved bytes; all sizes are those of the input.
void turn_plane(const uint8_t* input, std::ptrdiff_t input_stride, int width, int height, int channels, int degrees,
                uint8_t* output, std::ptrdiff_t output_stride) {
  for (int y = 0; y < height; ++y) {
    const uint8_t* from = input + y * input_stride;
    uint8_t* to = output;
    std::ptrdiff_t step = channels;
    switch (degrees) {
      case 0:
        std::copy_n(from, static_cast<std::size_t>(width) * channels, output + y * output_stride);
        continue;
      case 90:
        to += (height - 1 - y) * std::ptrdiff_t{channels};
        step = output_stride;
        break;
      case 180:
        to += (height - 1 - y) * output_stride + (width - 1) * std::ptrdiff_t{channels};
        step = -channels;
        break;
      case 270:
        to += (width - 1) * output_stride + y * std::ptrdiff_t{channels};
        step = -output_stride;
        break;
      default:
        throw std::logic_error("pictures turn by quarters");
    }
    for (int x = 0; x < width; ++x, to += step, from += channels) {
      for (int c = 0; c < channels; ++c) to[c] = from[c];
    }
  }
}

// OpenCV's weights are of 11 bits; the vertical pass drops 4 bits before it multiplies.
constexpr int kWeightOne = 2048;

/// Where one output position reads along an axis: the first of two neighbours and their weights.
struct Tap {
  int first = 0, second = 0;
  int weight_first = 0, weight_second = 0;
};

/// Beyond the edges rows are repeated with their weights, columns get all the weight at once: the rounding differs.
std::vector<Tap> linear_taps(int input, int output, bool columns) {
  std::vector<Tap> taps(static_cast<std::size_t>(output));
  const double scale = static_cast<double>(input) / output;
  for (int i = 0; i < output; ++i) {
    float position = static_cast<float>((i + 0.5) * scale - 0.5);
    int first = static_cast<int>(std::floor(position));
    position -= static_cast<float>(first);
    if (columns && (first < 0 || first >= input - 1)) {
      first = std::clamp(first, 0, input - 1);
      position = 0;
    }
    auto& tap = taps[static_cast<std::size_t>(i)];
    tap.first = std::clamp(first, 0, input - 1);
    tap.second = std::clamp(first + 1, 0, input - 1);
    tap.weight_first = static_cast<int>(std::lrintf((1.0F - position) * kWeightOne));
    tap.weight_second = static_cast<int>(std::lrintf(position * kWeightOne));
  }
  return taps;
}

void halve(const ImageView& input, Image& output) {
  const int channels = input.channels;
  for (int y = 0; y < output.height; ++y) {
    const uint8_t* upper = input.data + std::ptrdiff_t{2} * y * input.stride;
    const uint8_t* lower = upper + input.stride;
    uint8_t* to = output.row(y);
    for (int x = 0; x < output.width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const int left = 2 * x * channels + c, right = left + channels;
        to[x * channels + c] = static_cast<uint8_t>((upper[left] + upper[right] + lower[left] + lower[right] + 2) >> 2);
      }
    }
  }
}

}  // namespace

void rgb_to_gray(const ImageView& rgb, Image& gray) {
  make(gray, rgb.width, rgb.height, 1);
  for (int y = 0; y < rgb.height; ++y) {
    const uint8_t* from = rgb.data + y * rgb.stride;
    uint8_t* to = gray.row(y);
    for (int x = 0; x < rgb.width; ++x, from += 3) {
      to[x] = static_cast<uint8_t>((9798 * from[0] + 19235 * from[1] + 3735 * from[2] + (1 << 14)) >> 15);
    }
  }
}

void opencv_bilinear(const ImageView& input, Image& output) {
  if (input.channels != output.channels) throw std::logic_error("resize keeps the number of channels");
  if (input.width == output.width && input.height == output.height) {
    turn_plane(input.data, input.stride, input.width, input.height, input.channels, 0, output.pixels.data(),
               std::ptrdiff_t{output.width} * output.channels);
    return;
  }
  if (input.width == 2 * output.width && input.height == 2 * output.height) return halve(input, output);
  const int channels = input.channels;
  const auto columns = linear_taps(input.width, output.width, true);
  const auto rows = linear_taps(input.height, output.height, false);
  const std::size_t row_values = static_cast<std::size_t>(output.width) * channels;
  std::vector<int> buffers[2] = {std::vector<int>(row_values), std::vector<int>(row_values)};
  int held[2] = {-1, -1};
  // One input row brought to the output's width; the two latest are kept.
  const auto stretched = [&](int y, int other) -> const int* {
    for (int k : {0, 1}) {
      if (held[k] == y) return buffers[k].data();
    }
    const int slot = held[0] == other ? 1 : 0;
    held[slot] = y;
    const uint8_t* from = input.data + y * input.stride;
    int* to = buffers[slot].data();
    for (const Tap& tap : columns) {
      const uint8_t* first = from + std::ptrdiff_t{tap.first} * channels;
      const uint8_t* second = from + std::ptrdiff_t{tap.second} * channels;
      for (int c = 0; c < channels; ++c) *to++ = first[c] * tap.weight_first + second[c] * tap.weight_second;
    }
    return buffers[slot].data();
  };
  for (int y = 0; y < output.height; ++y) {
    const Tap& tap = rows[static_cast<std::size_t>(y)];
    const int* upper = stretched(tap.first, tap.second);
    const int* lower = stretched(tap.second, tap.first);
    uint8_t* to = output.row(y);
    for (std::size_t i = 0; i < row_values; ++i) {
      to[i] =
          cut((((tap.weight_first * (upper[i] >> 4)) >> 16) + ((tap.weight_second * (lower[i] >> 4)) >> 16) + 2) >> 2);
    }
  }
}

void turn_clockwise(const ImageView& input, int degrees, Image& output) {
  const bool quarter = degrees == 90 || degrees == 270;
  make(output, quarter ? input.height : input.width, quarter ? input.width : input.height, input.channels);
  turn_plane(input.data, input.stride, input.width, input.height, input.channels, degrees, output.pixels.data(),
             std::ptrdiff_t{output.width} * output.channels);
}

void turn_clockwise(const YuvImage& input, int degrees, YuvImage& output) {
  const bool quarter = degrees == 90 || degrees == 270;
  output.resize(quarter ? input.height : input.width, quarter ? input.width : input.height);
  turn_plane(input.y.data(), input.luma_stride, input.width, input.height, 1, degrees, output.y.data(),
             output.luma_stride);
  turn_plane(input.cb.data(), input.chroma_stride, input.chroma_width(), input.chroma_height(), 1, degrees,
             output.cb.data(), output.chroma_stride);
  turn_plane(input.cr.data(), input.chroma_stride, input.chroma_width(), input.chroma_height(), 1, degrees,
             output.cr.data(), output.chroma_stride);
}

// Both expansions are written as x + x * (factor - 1), in 16 bits, so that the compiler makes eight or more samples an
// instruction of it: 36 / 219 and 31 / 224 in units of 2^-16, the product kept with six more bits until it is rounded.
void expand_luma(const uint8_t* __restrict input, uint8_t* __restrict output, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto centered = static_cast<int16_t>(input[i] - 16);
    const auto product = static_cast<int16_t>((static_cast<int16_t>(centered * 64) * 10773) >> 16);
    const auto value = static_cast<int16_t>(centered + ((product + 32) >> 6));
    output[i] = static_cast<uint8_t>(std::min<int16_t>(std::max<int16_t>(value, 0), 255));
  }
}

void expand_chroma(const uint8_t* __restrict input, uint8_t* __restrict output, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto centered = static_cast<int16_t>(input[i] - 128);
    const auto product = static_cast<int16_t>((static_cast<int16_t>(centered * 64) * 9070) >> 16);
    const auto value = static_cast<int16_t>(128 + centered + ((product + 32) >> 6));
    output[i] = static_cast<uint8_t>(std::min<int16_t>(std::max<int16_t>(value, 0), 255));
  }
}

MatrixChange matrix_to_bt601(double kr, double kb) {
  // From: R = Y + 2 (1 - kr) Cr, B = Y + 2 (1 - kb) Cb, G from Y = kr R + kg G + kb B. To: the same read backwards.
  constexpr double kRed = 0.299, kBlue = 0.114, kGreen = 1 - kRed - kBlue;
  const double kg = 1 - kr - kb;
  const double red_of_cr = 2 * (1 - kr), blue_of_cb = 2 * (1 - kb);
  const double green_of_cr = -kr * red_of_cr / kg, green_of_cb = -kb * blue_of_cb / kg;
  MatrixChange change;
  change.luma = {kGreen * green_of_cb + kBlue * blue_of_cb, kRed * red_of_cr + kGreen * green_of_cr};
  const double cb_scale = 1 / (2 * (1 - kBlue)), cr_scale = 1 / (2 * (1 - kRed));
  change.chroma = {(blue_of_cb - change.luma[0]) * cb_scale, -change.luma[1] * cb_scale, -change.luma[0] * cr_scale,
                   (red_of_cr - change.luma[1]) * cr_scale};
  return change;
}

void change_matrix(YuvImage& planes, const MatrixChange& change) {
  constexpr int kBits = 14, kHalf = 1 << (kBits - 1);
  const auto fixed = [](double value) { return static_cast<int>(std::lround(value * (1 << kBits))); };
  const int luma_cb = fixed(change.luma[0]), luma_cr = fixed(change.luma[1]);
  const int cb_cb = fixed(change.chroma[0]), cb_cr = fixed(change.chroma[1]);
  const int cr_cb = fixed(change.chroma[2]), cr_cr = fixed(change.chroma[3]);
  std::vector<int> added(static_cast<std::size_t>(planes.chroma_width()));
  for (int row = 0; row < planes.chroma_height(); ++row) {
    uint8_t* cb = planes.cb.data() + std::ptrdiff_t{row} * planes.chroma_stride;
    uint8_t* cr = planes.cr.data() + std::ptrdiff_t{row} * planes.chroma_stride;
    for (std::size_t x = 0; x < added.size(); ++x) {
      const int u = cb[x] - 128, v = cr[x] - 128;
      added[x] = (luma_cb * u + luma_cr * v + kHalf) >> kBits;
      cb[x] = cut(128 + ((cb_cb * u + cb_cr * v + kHalf) >> kBits));
      cr[x] = cut(128 + ((cr_cb * u + cr_cr * v + kHalf) >> kBits));
    }
    for (int y = 2 * row; y < std::min(2 * row + 2, planes.height); ++y) {
      uint8_t* luma = planes.y.data() + std::ptrdiff_t{y} * planes.luma_stride;
      for (int x = 0; x < planes.width; ++x) luma[x] = cut(luma[x] + added[static_cast<std::size_t>(x / 2)]);
    }
  }
}

}  // namespace vs::media
