#include "lib/sampling/crop.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "lib/core/error.h"
#include "tests/lib/sampling/draws.h"

namespace vs::sampling {
namespace {

using Boxes = std::vector<Box>;

TEST_CASE("centre crop") {
  CHECK(center_crop({455, 256}, {224, 224}) == Box{115, 16, 339, 240});
  CHECK(center_crop({65, 50}, {64, 48}) == Box{0, 1, 64, 49});
  CHECK(center_crop({224, 224}, {224, 224}) == Box{0, 0, 224, 224});
  CHECK_THROWS_AS(center_crop({223, 224}, {224, 224}), DataError);
  CHECK_THROWS_AS(center_crop({223, 224}, {0, 4}), UsageError);
}

TEST_CASE("three crops: first, last, middle") {
  CHECK(three_crop({455, 256}, {256, 256}) == Boxes{{0, 0, 256, 256}, {198, 0, 454, 256}, {99, 0, 355, 256}});
  CHECK(three_crop({256, 391}, {256, 256}) == Boxes{{0, 0, 256, 256}, {0, 134, 256, 390}, {0, 67, 256, 323}});
  CHECK(three_crop({9, 9}, {9, 9}) == Boxes(3, Box{0, 0, 9, 9}));
  CHECK_THROWS_AS(three_crop({300, 300}, {256, 256}), DataError);
}

TEST_CASE("ten crops: corners and centre, each with its mirror image") {
  const std::vector<CropView> views = ten_crop({455, 256}, {224, 224});
  REQUIRE(views.size() == 10);
  const Boxes expected{
      {0, 0, 224, 224}, {228, 0, 452, 224}, {0, 32, 224, 256}, {228, 32, 452, 256}, {114, 16, 338, 240}};
  for (size_t i = 0; i < views.size(); ++i) {
    CHECK(views[i].box == expected[i / 2]);
    CHECK(views[i].mirrored == (i % 2 == 1));
  }
}

TEST_CASE("random crop: y before x, nothing drawn for a side that fits, never the last position") {
  ListedDraws random({0.5, 0.999});
  CHECK(random_crop({340, 256}, 224, random) == Box{115, 16, 339, 240});
  ListedDraws one({0.25});
  CHECK(random_crop({300, 224}, 224, one) == Box{19, 0, 243, 224});
  ListedDraws none({});
  CHECK(random_crop({224, 224}, 224, none) == Box{0, 0, 224, 224});
  CHECK_THROWS_AS(random_crop({224, 223}, 224, none), DataError);
}

TEST_CASE("random resized crop: the first pair that fits, x before y, ends included") {
  std::vector<double> draws(20, 0.5);
  draws.insert(draws.end(), {0.999, 0});
  ListedDraws square(draws);
  // Aspect exp((ln 3/4 + ln 4/3) / 2) = 1, area a quarter of 200 x 100: sides rint(sqrt(5000)) = 71.
  CHECK(random_resized_crop({200, 100}, {.area_min = 0.08, .area_max = 0.42}, square) == Box{129, 0, 200, 71});
}

TEST_CASE("random resized crop: the short side's square if none fits") {
  ListedDraws largest(std::vector<double>(20, 0.999));
  CHECK(random_resized_crop({31, 500}, {}, largest) == Box{0, 234, 31, 265});
  CHECK(largest.used() == 20);
}

TEST_CASE("random resized crop: always inside, and refuses reversed ranges") {
  ItemRandom random(4, 0, "crop");
  for (int round = 0; round < 300; ++round) {
    const Size picture{1 + random.below(50), 1 + random.below(50)};
    const Box box = random_resized_crop(picture, {.aspect_min = 0.25, .aspect_max = 4}, random);
    REQUIRE((box.left >= 0 && box.top >= 0 && box.right <= picture.width && box.bottom <= picture.height));
    REQUIRE((box.width() >= 1 && box.height() >= 1));
  }
  CHECK_THROWS_AS(random_resized_crop({5, 5}, {.area_min = 0}, random), UsageError);
  CHECK_THROWS_AS(random_resized_crop({5, 5}, {.area_max = 1.5}, random), UsageError);
  CHECK_THROWS_AS(random_resized_crop({5, 5}, {.aspect_min = 2, .aspect_max = 1}, random), UsageError);
  CHECK_THROWS_AS(random_resized_crop({0, 5}, {}, random), DataError);
}

TEST_CASE("multi-scale crop: sizes with height outermost, close sides become the input's") {
  const std::vector<Size> sizes = multi_scale_sizes({340, 256}, {});
  CHECK(sizes == std::vector<Size>{{256, 256},
                                   {224, 256},
                                   {256, 224},
                                   {224, 224},
                                   {192, 224},
                                   {224, 192},
                                   {192, 192},
                                   {168, 192},
                                   {192, 168},
                                   {168, 168}});
  CHECK(multi_scale_sizes({300, 226}, {.scales = {1}}) == std::vector<Size>{{224, 224}});
  CHECK(multi_scale_sizes({300, 227}, {.scales = {1}}) == std::vector<Size>{{227, 227}});
}

TEST_CASE("multi-scale crop: positions") {
  const std::vector<Position> all = multi_scale_positions({340, 256}, {168, 168}, 13);
  CHECK(all == std::vector<Position>{{0, 0},
                                     {172, 0},
                                     {0, 88},
                                     {172, 88},
                                     {86, 44},
                                     {0, 44},
                                     {172, 44},
                                     {86, 88},
                                     {86, 0},
                                     {43, 22},
                                     {129, 22},
                                     {43, 66},
                                     {129, 66}});
  CHECK(multi_scale_positions({340, 256}, {168, 168}, 5) == std::vector<Position>(all.begin(), all.begin() + 5));
  CHECK_THROWS_AS(multi_scale_positions({340, 256}, {168, 168}, 4), UsageError);
}

TEST_CASE("multi-scale crop: drawn size, then drawn place") {
  ListedDraws fixed({0.35, 0.9});
  CHECK(multi_scale_crop({340, 256}, {}, fixed) == Box{58, 16, 282, 240});
  ListedDraws anywhere({0.35, 0.999, 0});
  CHECK(multi_scale_crop({340, 256}, {.random_position = true}, anywhere) == Box{116, 0, 340, 224});
}

TEST_CASE("multi-scale crop: a size above the picture is cut, or left as the original has it") {
  MultiScale how{.scales = {1}};
  ListedDraws inside({0, 0.99}), original({0, 0});
  CHECK(multi_scale_crop({300, 222}, how, inside) == Box{38, 0, 262, 222});
  how.keep_inside = false;
  CHECK(multi_scale_crop({300, 222}, how, original) == Box{0, 0, 224, 224});
}

TEST_CASE("multi-scale crop: bad parameters are refused") {
  CHECK_THROWS_AS(multi_scale_sizes({300, 222}, {.scales = {}}), UsageError);
  CHECK_THROWS_AS(multi_scale_sizes({300, 222}, {.scales = {1.5}}), UsageError);
  CHECK_THROWS_AS(multi_scale_sizes({300, 222}, {.input = {0, 224}}), UsageError);
  CHECK_THROWS_AS(multi_scale_sizes({300, 222}, {.max_gap = -1}), UsageError);
  CHECK_THROWS_AS(multi_scale_sizes({0, 222}, {}), DataError);
}

}  // namespace
}  // namespace vs::sampling
