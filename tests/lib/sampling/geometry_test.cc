#include "lib/sampling/geometry.h"

#include <doctest/doctest.h>

#include <limits>

#include "lib/core/error.h"

namespace vs::sampling {
namespace {

TEST_CASE("rescale within a long and a short side") {
  CHECK(rescale_within({240, 320}, 340, 256) == Size{255, 340});
  CHECK(rescale_within({240, 320}, 256, 340) == Size{255, 340});
  CHECK(rescale_within({176, 100}, 340, 256) == Size{340, 193});
  CHECK(rescale_within({176, 100}, -1, 256) == Size{451, 256});
  CHECK(rescale_within({270, 480}, 256, -1) == Size{256, 455});
  CHECK(rescale_within({256, 256}, -1, 256) == Size{256, 256});
  CHECK(rescale({101, 77}, 0.5) == Size{51, 39});
  CHECK(rescale({101, 77}, 1) == Size{101, 77});
  CHECK(rescale({640, 1}, 0.4) == Size{256, 0});
}

TEST_CASE("the side that follows: five programs, five roundings") {
  const Size hd{1280, 720};
  CHECK(resize_short_side(hd, 256, FollowingSide::kCut) == Size{455, 256});
  CHECK(resize_short_side(hd, 256, FollowingSide::kRound) == Size{455, 256});
  CHECK(resize_short_side(hd, 256, FollowingSide::kEven) == Size{456, 256});
  CHECK(resize_short_side(hd, 256, FollowingSide::kNearest) == Size{455, 256});
  CHECK(resize_short_side({480, 270}, 256, FollowingSide::kCut) == Size{455, 256});
  CHECK(resize_short_side({270, 480}, 256, FollowingSide::kEven) == Size{256, 456});
  // 3 * 5 / 2 = 7.5: cut 7, nearest 8 (halves up), even 2 * near(3.75) = 8.
  CHECK(resize_to_height({5, 2}, 3, FollowingSide::kCut) == Size{7, 3});
  CHECK(resize_to_height({5, 2}, 3, FollowingSide::kNearest) == Size{8, 3});
  CHECK(resize_to_height({5, 2}, 3, FollowingSide::kRound) == Size{8, 3});
  CHECK(resize_to_height({5, 2}, 3, FollowingSide::kEven) == Size{8, 3});
  CHECK(resize_to_width({320, 181}, 360, FollowingSide::kNearest) == Size{360, 204});
  // 224 * 214 / 107 is 448; 224 / 107 * 214 in doubles is a little less.
  CHECK(resize_short_side({214, 107}, 224, FollowingSide::kFloor) == Size{448, 224});
  CHECK(resize_short_side({214, 107}, 224, FollowingSide::kCut) == Size{447, 224});
  CHECK(resize_to_height({5, 2}, 3, FollowingSide::kFloor) == Size{7, 3});
}

TEST_CASE("squares and very flat pictures") {
  CHECK(resize_short_side({100, 100}, 255, FollowingSide::kEven) == Size{255, 255});
  CHECK(resize_to_width({1000, 1}, 10, FollowingSide::kNearest) == Size{10, 1});
  CHECK(resize_to_width({1000, 1}, 10, FollowingSide::kCut) == Size{10, 1});
  CHECK(resize_to_width({1000, 1}, 10, FollowingSide::kEven) == Size{10, 2});
  CHECK(resize_to_width({1000, 1}, 10, FollowingSide::kFloor) == Size{10, 1});
}

TEST_CASE("bad sizes and scales are refused") {
  CHECK_THROWS_AS(rescale({0, 5}, 1), DataError);
  CHECK_THROWS_AS(rescale({5, kMaxSide + 1}, 1), DataError);
  CHECK_THROWS_AS(rescale({5, 5}, 0), UsageError);
  CHECK_THROWS_AS(rescale({5, 5}, std::numeric_limits<double>::infinity()), UsageError);
  CHECK_THROWS_AS(rescale({5, 5}, 1e9), UsageError);
  CHECK_THROWS_AS(rescale_within({5, 5}, -1, -1), UsageError);
  CHECK_THROWS_AS(rescale_within({5, 5}, 0, 5), UsageError);
  CHECK_THROWS_AS(rescale_within({5, 5}, -2, 5), UsageError);
  CHECK_THROWS_AS(resize_short_side({5, 5}, 0, FollowingSide::kCut), UsageError);
  CHECK_THROWS_AS(resize_short_side({0, 5}, 5, FollowingSide::kCut), DataError);
  CHECK_THROWS_AS(resize_short_side({kMaxSide, 1}, kMaxSide, FollowingSide::kNearest), UsageError);
}

}  // namespace
}  // namespace vs::sampling
