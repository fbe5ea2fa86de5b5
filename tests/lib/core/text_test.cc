#include "lib/core/text.h"

#include <doctest/doctest.h>

using namespace vs;

TEST_CASE("integers are ASCII digits after an optional minus") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-12") == -12);
  CHECK(parse_integer("9223372036854775807") == INT64_MAX);
  for (const char* bad : {"", "+3", "1_000", " 1", "1 ", "0x10", "9223372036854775808", "1.0", "\xEF\xBC\x91"})
    CHECK_FALSE(parse_integer(bad));
}

TEST_CASE("reals are finite and independent of the locale") {
  CHECK(parse_real("0.5") == 0.5);
  CHECK(parse_real("-1e-3") == -1e-3);
  for (const char* bad : {"", "nan", "inf", "1,5", "1.5x", "1e999"}) CHECK_FALSE(parse_real(bad));
}

TEST_CASE("fractions keep a decimal as written") {
  CHECK(parse_fraction("25") == Fraction{25, 1});
  CHECK(parse_fraction("12.5") == Fraction{25, 2});
  CHECK(parse_fraction("29.97") == Fraction{2997, 100});
  CHECK(parse_fraction("30000/1001") == Fraction{30000, 1001});
  CHECK(parse_fraction("50/2") == Fraction{25, 1});
  CHECK(parse_fraction("-0.5") == Fraction{-1, 2});
  for (const char* bad : {"", "1/0", "1/-2", "a", "1.", "1.2.3", "3000000000", "1/3000000000", "-9223372036854775808"})
    CHECK_FALSE(parse_fraction(bad));
}

TEST_CASE("the nearest word is near") {
  const std::vector<std::string> words = {"short-side", "start-index", "quality", "ssim"};
  CHECK(nearest_word("shortside", words) == "short-side");
  CHECK(nearest_word("qualtiy", words) == "quality");
  CHECK(nearest_word("sim", words) == "ssim");
  CHECK_FALSE(nearest_word("resolution", words));
  CHECK_FALSE(nearest_word("x", {}));
}

TEST_CASE("split keeps empty pieces, trim takes blanks only") {
  CHECK(split("", ',').size() == 1);
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim(" \n").empty());
}

TEST_CASE("UTF-8 is checked for overlong forms, surrogates and the end of Unicode") {
  CHECK(is_valid_utf8("größe \xF0\x9F\x8E\xA5"));
  for (const char* bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE2\x82", "\x80"})
    CHECK_FALSE(is_valid_utf8(bad));
}

TEST_CASE("hostile names cannot steer a terminal") {
  CHECK(printable("a\x1B[2Jb") == "a\\x1b[2Jb");
  CHECK(printable("\xC2\x9B") == "\\xc2\\x9b");
  CHECK(printable("\xFFü") == "\\xffü");
}

TEST_CASE("shell words survive quoting") {
  CHECK(shell_quoted("a/b-c.mp4") == "a/b-c.mp4");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("it's $HOME") == "'it'\\''s $HOME'");
}

TEST_CASE("sizes and durations for people") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(999) == "999 B");
  CHECK(human_bytes(4200000) == "4.2 MB");
  CHECK(human_bytes(999960) == "1.0 MB");
  CHECK(human_duration(0.44) == "0.4 s");
  CHECK(human_duration(185) == "3 min 05 s");
  CHECK(human_duration(7860) == "2 h 11 min");
}
