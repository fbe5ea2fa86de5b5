#include "lib/motion/mgsampler_json.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "lib/core/error.h"

namespace vs::motion {
namespace {

std::string what_of(const std::string& text, Values values = Values::kRaw) {
  try {
    read_mgsampler_json("m.json", text, values);
  } catch (const DataError& failure) {
    return failure.what();
  }
  return "";
}

std::string written(const std::vector<NamedMotion>& videos) {
  std::string text;
  MgsamplerJsonWriter writer([&](std::string_view piece) { text += piece; });
  for (const auto& video : videos) writer.add(video.name, video.values);
  writer.finish();
  return text;
}

TEST_CASE("names of videos") {
  CHECK(video_name("/a/b/v_x-1.part2.mp4", NameRule::kExtension) == "v_x-1.part2");
  CHECK(video_name("/a/b/v_x-1.part2.mp4", NameRule::kFirstDot) == "v_x-1");
  CHECK(video_name("plain", NameRule::kExtension) == "plain");
  CHECK(video_name("plain", NameRule::kFirstDot) == "plain");
  CHECK(video_name("a.b/c", NameRule::kExtension) == "c");
  CHECK(video_name("x/.mp4", NameRule::kExtension) == ".mp4");
  CHECK(video_name("x/.mp4", NameRule::kFirstDot) == "");
}

TEST_CASE("the text is what Python's json.dumps writes") {
  CHECK(written({{"abc", {1.753483574449446, 2.0, 1e-5, 0.0001, 0.0}}, {"b\"\xc3\xa4", {}}}) ==
        "{\"abc\": [1.753483574449446, 2.0, 1e-05, 0.0001, 0.0], \"b\\\"\\u00e4\": []}");
  CHECK(written({}) == "{}");
  CHECK(python_number(1e16) == "1e+16");
  CHECK(python_number(0.1) == "0.1");
  CHECK_THROWS_AS(written({{"a", {std::numeric_limits<double>::infinity()}}}), DataError);
}

TEST_CASE("what was written is read back equal") {
  const std::vector<NamedMotion> videos{{"b", {0.1, 1.0 / 3, 1e-300}}, {"a", {}}, {"", {2}}};
  const auto read = read_mgsampler_json("m.json", written(videos), Values::kRaw);
  CHECK(read.videos == videos);
  CHECK(read.warnings.empty());
}

TEST_CASE("objects that follow each other, names that come twice") {
  const auto read = read_mgsampler_json("m.json", "{\"a\": [1, 2], \"b\": [3]}\n{\"a\": [4]}  ", Values::kRaw);
  CHECK(read.videos == std::vector<NamedMotion>{{"a", {4}}, {"b", {3}}});
  REQUIRE(read.warnings.size() == 2);
  CHECK(read.warnings[0].find("2 JSON objects") != std::string::npos);
  CHECK(read.warnings[1].find("last one counts") != std::string::npos);
  const auto twice = read_mgsampler_json("m.json", "{\"a\": [1], \"a\": [2]}{}", Values::kRaw);
  CHECK(twice.videos == std::vector<NamedMotion>{{"a", {2}}});
}

TEST_CASE("anything else is an error with its place") {
  CHECK(what_of("").find("m.json: no JSON object") == 0);
  CHECK(what_of("[1]").find("m.json:1:") == 0);
  CHECK(what_of("{\"a\": 1}").find("a number in the entry \"a\"") != std::string::npos);
  CHECK(what_of("{\"a\": [\"x\"]}").find("a text in the entry") != std::string::npos);
  CHECK(what_of("{\"a\": [[1]]}").find("a list in the entry") != std::string::npos);
  CHECK(what_of("{\"a\": {\"b\": [1]}}").find("an object in the entry") != std::string::npos);
  CHECK(what_of("{\"a\": [1, null]}").find("null in the entry") != std::string::npos);
  CHECK(what_of("{\n\"a\": [0.5, -1]}").find("m.json:2:") == 0);
  CHECK(what_of("{\"a\": [0.5, -1]}").find("value 1 of \"a\" is -1") != std::string::npos);
  CHECK(what_of("{\"a\": [0.5, NaN]}").find("NaN") == std::string::npos);
  CHECK(!what_of("{\"a\": [0.5, NaN]}").empty());
  CHECK(!what_of("{\"a\": [1e999]}").empty());
  CHECK(!what_of("{\"a\": [1], }").empty());
  CHECK(!what_of("{\"a\": [1]").empty());
  CHECK(!what_of("{\"a\": [1]} x").empty());
  CHECK(!what_of(std::string(100000, '[')).empty());
}

TEST_CASE("a curve must be one") {
  CHECK(what_of("{\"a\": [0.25, 0.25, 1.0], \"b\": []}", Values::kCurve).empty());
  CHECK(what_of("{\"a\": [0.5, 0.25, 1.0]}", Values::kCurve).find("falls at value 1") != std::string::npos);
  CHECK(what_of("{\"a\": [0.5, 0.75]}", Values::kCurve).find("ends at 0.75") != std::string::npos);
  CHECK(what_of("{\"a\": [0.5, 0.25]}").empty());
}

}  // namespace
}  // namespace vs::motion
