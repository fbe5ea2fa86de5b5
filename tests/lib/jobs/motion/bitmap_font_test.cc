#include "lib/jobs/motion/bitmap_font.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace vs::jobs {
namespace {

media::Image paper(int width, int height) {
  media::Image image(width, height, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), uint8_t{255});
  return image;
}

std::string shape(const media::Image& image) {
  std::string text;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) text += image.row(y)[x * 3] == 0 ? '#' : '.';
    text += '\n';
  }
  return text;
}

TEST_CASE("a character as it should look") {
  media::Image image = paper(5, 7);
  draw_bitmap_text(image, 0, 0, "1", 1, 0);
  CHECK(shape(image) == "..#..\n.##..\n..#..\n..#..\n..#..\n..#..\n.###.\n");
  media::Image small = paper(5, 7), capital = paper(5, 7);
  draw_bitmap_text(small, 0, 0, "m", 1, 0);
  draw_bitmap_text(capital, 0, 0, "M", 1, 0);
  CHECK(shape(small) == shape(capital));
}

TEST_CASE("all characters differ") {
  const std::string all = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -.:/()?";
  std::vector<std::string> shapes;
  for (const char c : all) {
    media::Image image = paper(5, 7);
    draw_bitmap_text(image, 0, 0, std::string(1, c), 1, 0);
    shapes.push_back(shape(image));
  }
  std::sort(shapes.begin(), shapes.end());
  CHECK(std::adjacent_find(shapes.begin(), shapes.end()) == shapes.end());
}

TEST_CASE("widths, scales, and what lies outside") {
  CHECK(bitmap_text_width("", 3) == 0);
  CHECK(bitmap_text_width("1", 1) == 5);
  CHECK(bitmap_text_width("123", 2) == 34);
  media::Image image = paper(10, 14);
  draw_bitmap_text(image, 0, 0, "-", 2, 0);
  CHECK(image.row(6)[0] == 0);
  CHECK(image.row(7)[9 * 3] == 0);
  CHECK(image.row(8)[0] == 255);
  media::Image cut = paper(3, 3);
  draw_bitmap_text(cut, -2, -2, "8", 1, 0);
  draw_bitmap_text(cut, 100, 100, "8", 1, 0);
}

}  // namespace
}  // namespace vs::jobs
