#include "lib/plot/svg.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/lib/plot/well_formed.h"

namespace vs::plot {
namespace {

using test::xml_fault;

TEST_CASE("escaping: markup, control characters, bad UTF-8") {
  CHECK(escaped("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  CHECK(escaped("one\ntwo\tthree") == "one two three");
  CHECK(escaped(std::string_view("a\0b\x1b", 4)) == "a\uFFFDb\uFFFD");
  CHECK(escaped("gr\u00fc\u00df \u4f60\U0001F3AC") == "gr\u00fc\u00df \u4f60\U0001F3AC");
  CHECK(escaped("\xff\xc3") == "\uFFFD\uFFFD");
  CHECK(escaped("\xc0\xaf") == "\uFFFD\uFFFD");                      // an overlong slash
  CHECK(escaped("\xed\xa0\x80").find("\xed") == std::string::npos);  // half of a surrogate pair
  CHECK(escaped("\xef\xbf\xbf") == "\uFFFD");                        // U+FFFF is no XML character
}

TEST_CASE("coordinates: two decimals, no exponent, no minus zero, nothing infinite") {
  CHECK(coordinate(1) == "1");
  CHECK(coordinate(10) == "10");
  CHECK(coordinate(1.5) == "1.5");
  CHECK(coordinate(1.256) == "1.26");
  CHECK(coordinate(-0.001) == "0");
  CHECK(coordinate(-12.5) == "-12.5");
  CHECK(coordinate(1e300) == "1000000");
  CHECK(coordinate(std::numeric_limits<double>::quiet_NaN()) == "0");
  CHECK(coordinate(-std::numeric_limits<double>::infinity()) == "0");
}

TEST_CASE("fitting: short texts stay, long ones are cut between characters") {
  CHECK(fitted("short", 11, 200) == "short");
  const std::string cut = fitted("gr\u00fc\u00dfe gr\u00fc\u00dfe gr\u00fc\u00dfe gr\u00fc\u00dfe", 11, 60);
  CHECK(cut.ends_with("…"));
  CHECK(escaped(cut) == cut);
  CHECK(text_width(cut, 11) <= 60);
  CHECK(fitted("word", 11, 0) == "…");
}

TEST_CASE("wrapping: at blanks, at most so many lines, every line fits") {
  CHECK(wrapped("", 12, 100, 3).empty());
  CHECK(wrapped("one line", 12, 400, 3) == std::vector<std::string>{"one line"});
  const auto lines = wrapped("several words that need more than one line of this width", 12, 150, 5);
  CHECK(lines.size() > 1);
  std::string together;
  for (const std::string& line : lines) {
    CHECK(text_width(line, 12) <= 150);
    together += (together.empty() ? "" : " ") + line;
  }
  CHECK(together == "several words that need more than one line of this width");
  const auto cut = wrapped("several words that need more than one line of this width", 12, 150, 2);
  REQUIRE(cut.size() == 2);
  CHECK(cut[1].ends_with("…"));
  const auto long_word = wrapped(std::string(200, 'w') + " end", 12, 150, 3);
  REQUIRE(long_word.size() == 2);
  CHECK(long_word[0].ends_with("…"));
  CHECK(long_word[1] == "end");
}

TEST_CASE("document: well-formed, with a title, hostile texts included") {
  Svg svg(200, 100, "</svg><script>");
  svg.push_clip({0, 0, 10, 10});
  svg.polyline({{0, 0}, {1, 1}}, {});
  svg.pop_clip();
  svg.circle({5, 5}, 2, "#000000", "a \"tip\" & more");
  svg.text({1, 1}, "]]> <b>", {.halo = true, .upward = true});
  const std::string text = std::move(svg).finish();
  CHECK(xml_fault(text) == "");
  CHECK(text.find("<script>") == std::string::npos);
  CHECK(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"100\""));
  CHECK(text.ends_with("</svg>\n"));
}

TEST_CASE("the check itself finds faults") {
  CHECK(xml_fault("<a><b></a></b>") != "");
  CHECK(xml_fault("<a>&nbsp;</a>") != "");
  CHECK(xml_fault("<a") != "");
  CHECK(xml_fault("<a/><b/>") != "");
  CHECK(xml_fault("<a x=\"1\"><b/>t</a>\n") == "");
}

}  // namespace
}  // namespace vs::plot
