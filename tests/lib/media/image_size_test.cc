#include "lib/media/image_size.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"

namespace vs::media {
namespace {

SizePolicy short_side(int side, SideRounding rounding) {
  SizePolicy policy;
  policy.kind = SizePolicy::Kind::kShortSide;
  policy.side = side;
  policy.rounding = rounding;
  return policy;
}

}  // namespace

TEST_CASE("the long side follows each program's rounding") {
  // 1280 * 256 / 720 = 455.11; 480 * 256 / 270 the same.
  for (const Size input : {Size{1280, 720}, Size{480, 270}}) {
    CHECK(output_size(short_side(256, SideRounding::kEven), input) == Size{456, 256});
    CHECK(output_size(short_side(256, SideRounding::kNear), input) == Size{455, 256});
    CHECK(output_size(short_side(256, SideRounding::kCut), input) == Size{455, 256});
    CHECK(output_size(short_side(256, SideRounding::kRound), input) == Size{455, 256});
  }
  // 853 * 256 / 480 = 454.93: cut and near part.
  CHECK(output_size(short_side(256, SideRounding::kCut), {853, 480}) == Size{454, 256});
  CHECK(output_size(short_side(256, SideRounding::kNear), {853, 480}) == Size{455, 256});
  CHECK(output_size(short_side(256, SideRounding::kEven), {853, 480}) == Size{454, 256});
}

TEST_CASE("portrait videos have their width as the short side") {
  CHECK(output_size(short_side(256, SideRounding::kEven), {720, 1280}) == Size{256, 456});
  CHECK(output_size(short_side(256, SideRounding::kEven), {256, 340}) == Size{256, 340});
  CHECK(output_size(short_side(256, SideRounding::kNear), {100, 100}) == Size{256, 256});
}

TEST_CASE("height sets the height of portrait videos too") {
  SizePolicy policy;
  policy.kind = SizePolicy::Kind::kHeight;
  policy.side = 360;
  policy.rounding = SideRounding::kNear;
  CHECK(output_size(policy, {720, 1280}) == Size{203, 360});
  CHECK(output_size(policy, {1280, 720}) == Size{640, 360});
}

TEST_CASE("only smaller keeps what is small already") {
  auto policy = short_side(256, SideRounding::kRound);
  policy.only_smaller = true;
  CHECK(output_size(policy, {320, 240}) == Size{320, 240});
  CHECK(output_size(policy, {341, 256}) == Size{341, 256});
  CHECK(output_size(policy, {640, 480}) == Size{341, 256});
}

TEST_CASE("keep, exact, and the edges") {
  CHECK(output_size({}, {321, 241}) == Size{321, 241});
  SizePolicy exact;
  exact.kind = SizePolicy::Kind::kExact;
  exact.width = 340;
  exact.height = 256;
  CHECK(output_size(exact, {1, 1}) == Size{340, 256});
  CHECK(output_size(short_side(1, SideRounding::kCut), {3000, 1000}) == Size{3, 1});
  CHECK_THROWS_AS(output_size(short_side(60000, SideRounding::kEven), {2000, 1}), DataError);
}

TEST_CASE("sizes and rules are read strictly") {
  CHECK(parse_size("340x256", "--size") == Size{340, 256});
  for (const char* text : {"", "340", "340x", "x256", "0x1", "-1x5", "340x256x3", "70000x2", "65535x65535"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_size(text, "--size"), UsageError);
  }
  CHECK(parse_side_rounding("cut", "--rounding") == SideRounding::kCut);
  CHECK_THROWS_AS(parse_side_rounding("odd", "--rounding"), UsageError);
}

}  // namespace vs::media
