#include "lib/jobs/motion/contact_sheet.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "lib/jobs/motion/bitmap_font.h"

namespace vs::jobs {
namespace {

media::Image thumbnail(uint8_t level) {
  media::Image image(160, 120, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), level);
  return image;
}

TEST_CASE("blocks below each other, eight pictures a row, each frame in its place") {
  std::map<int64_t, media::Image> thumbnails;
  for (int64_t i = 0; i < 10; ++i) thumbnails[i] = thumbnail(static_cast<uint8_t>(10 + 20 * i));
  std::vector<int64_t> ten(10), two{9, 0};
  for (int64_t i = 0; i < 10; ++i) ten[static_cast<std::size_t>(i)] = i;
  const media::Image sheet = draw_contact_sheet({{"ten", ten}, {"two", two}}, thumbnails);
  CHECK(sheet.width == 8 + 8 * 168);
  const int row = 120 + 15 + 8;
  CHECK(sheet.height == 8 + 2 * 22 + 3 * row);
  const auto level = [&](int block_top, int line, int column) {
    return int{sheet.row(block_top + line * row + 60)[(8 + column * 168 + 80) * 3]};
  };
  const int first = 8 + 22, second = first + 2 * row + 22;
  for (int i = 0; i < 10; ++i) CHECK(level(first, i / 8, i % 8) == 10 + 20 * i);
  CHECK(level(second, 0, 0) == 190);
  CHECK(level(second, 0, 1) == 10);
  CHECK(sheet.row(second + 60)[(8 + 2 * 168 + 80) * 3] == 255);  // nothing there
}

TEST_CASE("frames without picture are dark, a sheet without frames has its titles") {
  const media::Image sheet = draw_contact_sheet({{"a", {3}}}, {{1, thumbnail(200)}});
  CHECK(sheet.row(8 + 22 + 60)[(8 + 80) * 3] == 64);
  const media::Image empty = draw_contact_sheet({{"nothing", {}}}, {});
  CHECK(empty.height == 8 + 22);
  CHECK(std::count(empty.pixels.begin(), empty.pixels.end(), 0) > 50);
}

TEST_CASE("cells are as wide as the longest frame number") {
  media::Image narrow(1, 120, 3);
  const media::Image sheet = draw_contact_sheet({{"", {1234567, 7}}}, {{1234567, narrow}});
  CHECK(sheet.width == 8 + 2 * (bitmap_text_width("1234567", 1) + 8));
}

}  // namespace
}  // namespace vs::jobs
