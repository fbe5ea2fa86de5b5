#include "lib/media/image_resize_pillow.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::media {
namespace {

// Integers only, so every copy gives the same. Sanitized builds keep one: the choice runs before the sanitizer is
// ready.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define VS_PILLOW_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define VS_PILLOW_CLONES
#endif

constexpr int kWeightBits = 22;
constexpr int kHalf = 1 << (kWeightBits - 1);

/// The input samples that one output sample is made of.
struct Window {
  int first = 0, count = 0;
};

/// Windows and weights of a stretch of one axis; `weights` has `most` entries an output sample.
struct Taps {
  std::vector<Window> windows;
  std::vector<int> weights;
  int most = 0;
};

/// Cut after adding a half, as Pillow does; not rounding where v is negative.
int half_up(double v) {
  const double more = v + 0.5;
  return static_cast<int>(more);
}

/// Output samples from .. from + count - 1 of an axis that goes from `input` to `output` samples. Weights are worked
/// out in doubles in Pillow's order, so that they round alike.
Taps triangle_taps(int input, int output, int from, int count) {
  const double scale = static_cast<double>(input) / output;
  const double support = std::max(scale, 1.0), inverse = 1.0 / support;
  Taps taps;
  taps.most = 2 * static_cast<int>(std::ceil(support)) + 1;
  taps.windows.resize(static_cast<std::size_t>(count));
  taps.weights.resize(static_cast<std::size_t>(count) * static_cast<std::size_t>(taps.most));
  std::vector<double> exact(static_cast<std::size_t>(taps.most));
  for (int o = 0; o < count; ++o) {
    const double center = (from + o + 0.5) * scale;
    const int first = std::max(0, half_up(center - support));
    const int taken = std::min(input, half_up(center + support)) - first;
    double sum = 0;
    for (int k = 0; k < taken; ++k) {
      exact[static_cast<std::size_t>(k)] = std::max(0.0, 1.0 - std::abs((k + first - center + 0.5) * inverse));
      sum += exact[static_cast<std::size_t>(k)];
    }
    int* weights = taps.weights.data() + static_cast<std::ptrdiff_t>(o) * taps.most;
    for (int k = 0; k < taken; ++k) weights[k] = half_up(exact[static_cast<std::size_t>(k)] / sum * (1 << kWeightBits));
    taps.windows[static_cast<std::size_t>(o)] = {first, taken};
  }
  return taps;
}

/// A stretch of an axis that keeps its size.
Taps copying_taps(int from, int count) {
  Taps taps;
  taps.most = 1;
  for (int o = 0; o < count; ++o) taps.windows.push_back({from + o, 1});
  taps.weights.assign(static_cast<std::size_t>(count), 1 << kWeightBits);
  return taps;
}

Taps taps_of(int input, int output, int from, int count) {
  return input == output ? copying_taps(from, count) : triangle_taps(input, output, from, count);
}

/// Four numbers handled at once: the channels of a pixel, of which the last may be idle.
struct alignas(16) Pixel {
  int v[4];
};

VS_PILLOW_CLONES
void widen_row(const uint8_t* from, int count, int channels, Pixel* to) {
  if (channels == 3) {
    for (int x = 0; x < count; ++x, from += 3) to[x] = {{from[0], from[1], from[2], 0}};
  } else {
    for (int x = 0; x < count; ++x)
      for (int c = 0; c < channels; ++c) to[x].v[c] = *from++;
  }
}

VS_PILLOW_CLONES
void weigh_row(const Pixel* row, const Window* windows, const int* weights, int most, int count, int channels,
               uint8_t* to) {
  for (int o = 0; o < count; ++o, weights += most) {
    const Pixel* pixel = row + windows[o].first;
    Pixel sum{{kHalf, kHalf, kHalf, kHalf}};
    for (int k = 0; k < windows[o].count; ++k)
      for (int c = 0; c < 4; ++c) sum.v[c] += pixel[k].v[c] * weights[k];
    // Weights are not negative and add up to one, give or take their last bit: 0 to 255 holds below, not above.
    for (int c = 0; c < 4; ++c) sum.v[c] = std::min(sum.v[c] >> kWeightBits, 255);
    for (int c = 0; c < channels; ++c) *to++ = static_cast<uint8_t>(sum.v[c]);
  }
}

VS_PILLOW_CLONES
void add_row(const uint8_t* from, int weight, std::size_t count, int* sums) {
  for (std::size_t i = 0; i < count; ++i) sums[i] += from[i] * weight;
}

VS_PILLOW_CLONES
void end_row(const int* sums, std::size_t count, uint8_t* to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<uint8_t>(std::min(sums[i] >> kWeightBits, 255));
}

/// Rows first_row .. first_row + output.height - 1 of the input, brought to the output's width.
void widths(const ImageView& input, int first_row, const Taps& taps, Image& output) {
  std::vector<Pixel> row(static_cast<std::size_t>(input.width));
  for (int y = 0; y < output.height; ++y) {
    widen_row(input.data + (first_row + y) * input.stride, input.width, input.channels, row.data());
    weigh_row(row.data(), taps.windows.data(), taps.weights.data(), taps.most, output.width, input.channels,
              output.row(y));
  }
}

/// The rows of the windows, which count from the row that `input` begins with, made into the output's rows.
void heights(const ImageView& input, int first_row, const Taps& taps, Image& output) {
  const std::size_t values = static_cast<std::size_t>(input.width) * static_cast<std::size_t>(input.channels);
  std::vector<int> sums(values);
  for (int y = 0; y < output.height; ++y) {
    const Window window = taps.windows[static_cast<std::size_t>(y)];
    const int* weights = taps.weights.data() + static_cast<std::ptrdiff_t>(y) * taps.most;
    std::fill(sums.begin(), sums.end(), kHalf);
    for (int k = 0; k < window.count; ++k)
      add_row(input.data + (window.first - first_row + k) * input.stride, weights[k], values, sums.data());
    end_row(sums.data(), values, output.row(y));
  }
}

void set_size(Image& picture, int width, int height, int channels) {
  if (picture.width != width || picture.height != height || picture.channels != channels)
    picture = Image(width, height, channels);
}

ImageView part_of(const ImageView& picture, int left, int top, int width, int height) {
  return {picture.data + top * picture.stride + std::ptrdiff_t{left} * picture.channels, width, height,
          picture.channels, picture.stride};
}

}  // namespace

void resize_as_pillow(const ImageView& input, Size size, Image& output) {
  resize_as_pillow(input, size, {0, 0, size}, output);
}

void resize_as_pillow(const ImageView& input, Size size, const PicturePart& part, Image& output) {
  if (!image_size_ok(input.width, input.height) || !image_size_ok(size.width, size.height) || input.channels < 1 ||
      input.channels > 4)
    throw DataError("picture", fmt::format("{}x{} with {} channels cannot be resized to {}x{}", input.width,
                                           input.height, input.channels, size.width, size.height));
  if (part.left < 0 || part.top < 0 || part.size.width < 1 || part.size.height < 1 ||
      part.left > size.width - part.size.width || part.top > size.height - part.size.height)
    throw std::logic_error("part outside the picture");
  set_size(output, part.size.width, part.size.height, input.channels);
  // An axis that stays is cut, not weighed.
  const bool wider = size.width != input.width, higher = size.height != input.height;
  const ImageView columns = wider ? input : part_of(input, part.left, 0, part.size.width, input.height);
  const Taps rows = taps_of(input.height, size.height, part.top, part.size.height);
  if (!wider) return heights(columns, 0, rows, output);
  const Taps taps = taps_of(input.width, size.width, part.left, part.size.width);
  if (!higher) return widths(input, part.top, taps, output);
  const int first = rows.windows.front().first, end = rows.windows.back().first + rows.windows.back().count;
  Image between;
  set_size(between, part.size.width, end - first, input.channels);
  widths(input, first, taps, between);
  heights(between.view(), first, rows, output);
}

}  // namespace vs::media
