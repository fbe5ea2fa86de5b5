#include "lib/media/image_png.h"

#include <doctest/doctest.h>

#include <random>

#include "lib/core/error.h"

namespace vs::media {

TEST_CASE("pictures come back exactly") {
  for (int channels : {1, 3}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {17, 9}, {64, 3}}) {
      Image image(width, height, channels);
      for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * 37);
      const auto bytes = encode_png(image.view());
      CHECK(bytes == encode_png(image.view()));
      const Image back = decode_png(bytes, "x", 0);
      CHECK(back.channels == channels);
      CHECK(back.pixels == image.pixels);
      CHECK(decode_png(bytes, "x", 3).channels == 3);
    }
  }
}

TEST_CASE("rows with padding are read right") {
  const uint8_t padded[] = {1, 2, 3, 99, 99, 4, 5, 6, 99, 99};
  const ImageView view{padded, 1, 2, 3, 5};
  CHECK(decode_png(encode_png(view), "x").pixels == std::vector<uint8_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("damaged bytes are an error that names the file") {
  Image image(20, 20, 3);
  const auto bytes = encode_png(image.view());
  for (std::size_t size = 0; size + 25 < bytes.size(); size += 3) {
    CAPTURE(size);
    CHECK_THROWS_AS(decode_png(std::span(bytes).first(size), "a.png"), DataError);
  }
  auto huge = bytes;
  huge[16] = 0x7f;  // width of 2 billion
  CHECK_THROWS_AS(decode_png(huge, "a.png"), DataError);
  CHECK_THROWS_AS(decode_png(bytes, "a.png", 1), DataError);
}

TEST_CASE("whatever a file was turned into, it decodes or is a data error") {
  Image image(31, 18, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * i);
  const auto sound = encode_png(image.view());
  std::mt19937 random(12);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    auto bytes = sound;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int k = 0; k < changes; ++k) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    if (round % 5 == 0) bytes.resize(random() % bytes.size());
    try {
      decode_png(bytes, "x", 0);
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}

}  // namespace vs::media
