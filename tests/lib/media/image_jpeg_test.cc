#include "lib/media/image_jpeg.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

#include "lib/core/error.h"

namespace vs::media {
namespace {

Image ramp(int width, int height, int channels) {
  Image image(width, height, channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        image.row(y)[x * channels + c] =
            static_cast<uint8_t>((x * (c + 1) + y * (3 - c)) * 255 / (4 * (width + height)));
      }
    }
  }
  return image;
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

std::vector<uint8_t> copy(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

TEST_CASE("RGB and gray come back nearly as they were") {
  for (int channels : {1, 3}) {
    const Image image = ramp(67, 45, channels);
    JpegEncoder encoder(95);
    const auto bytes = copy(encoder.encode(image.view()));
    CHECK(read_jpeg_header(bytes, "x").components == channels);
    const Image back = decode_jpeg(bytes, "x", 0);
    CHECK(back.width == 67);
    CHECK(back.height == 45);
    CHECK(back.channels == channels);
    CHECK(mean_difference(image, back) < 1.5);
  }
}

TEST_CASE("planes of any size are encoded without reading beyond them, equal bytes each time") {
  for (const auto& [width, height] : {std::pair{340, 256}, {1, 1}, {17, 33}, {16, 16}, {321, 241}}) {
    CAPTURE(width);
    CAPTURE(height);
    YuvImage planes;
    planes.resize(width, height);
    for (std::size_t i = 0; i < planes.y.size(); ++i) planes.y[i] = static_cast<uint8_t>(i * 7);
    std::fill(planes.cb.begin(), planes.cb.end(), uint8_t{90});
    std::fill(planes.cr.begin(), planes.cr.end(), uint8_t{160});
    planes.repeat_edges();
    JpegEncoder first(95), second(95);
    const auto bytes = copy(first.encode(planes));
    // What lies beyond the edges before they are repeated must not matter.
    YuvImage dirty = planes;
    for (int y = 0; y < height; ++y) {
      for (int x = width; x < dirty.luma_stride; ++x)
        dirty.y[static_cast<std::size_t>(y) * dirty.luma_stride + x] = 255;
    }
    dirty.repeat_edges();
    CHECK(bytes == copy(second.encode(dirty)));
    CHECK(bytes == copy(first.encode(planes)));
    const auto header = read_jpeg_header(bytes, "x");
    CHECK(header.width == width);
    CHECK(header.height == height);
    CHECK(decode_jpeg(bytes, "x", 1).pixels.size() == static_cast<std::size_t>(width) * height);
  }
}

TEST_CASE("the luma of planes is what a gray decode gives back") {
  YuvImage planes;
  planes.resize(40, 24);
  std::fill(planes.y.begin(), planes.y.end(), uint8_t{100});
  std::fill(planes.cb.begin(), planes.cb.end(), uint8_t{128});
  std::fill(planes.cr.begin(), planes.cr.end(), uint8_t{200});
  JpegEncoder encoder(100);
  const auto bytes = copy(encoder.encode(planes));
  CHECK(decode_jpeg(bytes, "x", 1).pixels[17] == 100);
  const Image color = decode_jpeg(bytes, "x");
  CHECK(color.pixels[0] == doctest::Approx(100 + 1.402 * 72).epsilon(0.01));
}

TEST_CASE("quality changes size, and sizes can be halved while decoding") {
  const Image image = ramp(100, 60, 3);
  JpegEncoder fine(95), coarse(10);
  const auto bytes = copy(fine.encode(image.view()));
  CHECK(copy(coarse.encode(image.view())).size() < bytes.size());
  const Image half = decode_jpeg(bytes, "x", 3, 2);
  CHECK(half.width == 50);
  CHECK(half.height == 30);
  CHECK(decode_jpeg(bytes, "x", 3, 8).width == 13);
  CHECK(jpeg_scale_denominator(1280, 720, 340, 256) == 2);
  CHECK(jpeg_scale_denominator(340, 256, 340, 256) == 1);
  CHECK(jpeg_scale_denominator(4000, 3000, 224, 224) == 8);
  CHECK_THROWS_AS(decode_jpeg(bytes, "x", 3, 3), std::logic_error);
  CHECK_THROWS_AS(JpegEncoder(0), std::logic_error);
}

TEST_CASE("damaged bytes are an error that names the file, whatever the damage") {
  JpegEncoder encoder(90);
  const auto bytes = copy(encoder.encode(ramp(64, 64, 3).view()));
  CHECK_THROWS_WITH_AS(decode_jpeg({}, "a.jpg"), "a.jpg: is not a JPEG file", DataError);
  const std::string text = "no picture at all";
  CHECK_THROWS_AS(decode_jpeg({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, "a.jpg"), DataError);
  for (std::size_t size : {std::size_t{2}, std::size_t{4}, bytes.size() / 4, bytes.size() / 2, bytes.size() - 8}) {
    CAPTURE(size);
    CHECK_THROWS_AS(decode_jpeg(std::span(bytes).first(size), "a.jpg"), DataError);
  }
  // A header that promises 65535 x 65535 pixels must not make us ask for memory.
  auto huge = bytes;
  for (std::size_t i = 0; i + 9 < huge.size(); ++i) {
    if (huge[i] == 0xff && huge[i + 1] == 0xc0) {
      std::fill(huge.begin() + static_cast<std::ptrdiff_t>(i) + 5, huge.begin() + static_cast<std::ptrdiff_t>(i) + 9,
                0xff);
      break;
    }
  }
  CHECK_THROWS_AS(decode_jpeg(huge, "a.jpg"), DataError);
  // The encoder and decoder still work after errors.
  CHECK(decode_jpeg(bytes, "a.jpg").width == 64);
}

TEST_CASE("whatever a file was turned into, it decodes or is a data error") {
  JpegEncoder encoder(80);
  const auto color = copy(encoder.encode(ramp(48, 40, 3).view())), gray = copy(encoder.encode(ramp(33, 17, 1).view()));
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    auto bytes = round % 2 ? color : gray;
    const int changes = 1 + static_cast<int>(random() % 8);
    for (int k = 0; k < changes; ++k) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    if (round % 5 == 0) bytes.resize(random() % bytes.size());
    try {
      const Image image = decode_jpeg(bytes, "x", static_cast<int>(random() % 2) ? 3 : 0, 1 << random() % 4);
      CHECK(image.pixels.size() == static_cast<std::size_t>(image.width) * image.height * image.channels);
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}

}  // namespace vs::media
