#include "lib/store/config_options.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"

using nlohmann::ordered_json;
using vs::store::ConfigDialect;
using vs::store::merge_config_options;
using vs::store::parse_config_options;
using vs::store::parse_config_value;

TEST_CASE("config values: plain ones") {
  CHECK(parse_config_value("1") == 1);
  CHECK(parse_config_value("+1_000") == 1000);
  CHECK(parse_config_value("1__0") == "1__0");
  CHECK(parse_config_value("1e-4") == 1e-4);
  CHECK(parse_config_value(".5") == 0.5);
  CHECK(parse_config_value("TRUE") == true);
  CHECK(parse_config_value("") == "");
  CHECK(parse_config_value("--3") == "--3");
  CHECK(parse_config_value("+-3") == "+-3");
  CHECK(parse_config_value("-inf") == ordered_json{{"float", "-inf"}});
  CHECK(parse_config_value("None") == "None");
  CHECK(parse_config_value("None", ConfigDialect::kMmengine).is_null());
  CHECK_THROWS_AS(parse_config_value("99999999999999999999"), vs::UsageError);
}

TEST_CASE("config values: lists and tuples") {
  CHECK(parse_config_value("1, a").dump() == R"([1,"a"])");
  CHECK(parse_config_value("[]").dump() == "[]");
  CHECK(parse_config_value("[(1,2),'x']").dump() == R"([{"tuple":[1,2]},"x"])");
  CHECK(parse_config_value("[1") == "[1");
  CHECK_THROWS_AS(parse_config_value("[1,2"), vs::UsageError);
  CHECK_THROWS_AS(parse_config_value(std::string(200, '[') + "1," + std::string(200, ']')), vs::UsageError);
  CHECK_THROWS_AS(parse_config_options({"nokey"}), vs::UsageError);
  CHECK(parse_config_options({"a=b=c", "x=1", "x=2"}).dump() == R"({"a":"b=c","x":2})");
}

TEST_CASE("config options laid over a configuration") {
  const auto base =
      ordered_json::parse(R"({"m": {"depth": 50, "n": 1}, "p": [{"t": "a"}, 3], "lr": 0.1, "none": null})");
  const auto merged = [&](const char* options) {
    return merge_config_options(base, ordered_json::parse(options)).dump();
  };
  CHECK(merged(R"({"m.depth": 18})") == R"({"m":{"depth":18,"n":1},"p":[{"t":"a"},3],"lr":0.1,"none":null})");
  CHECK(merged(R"({"m": {"_delete_": true, "k": 1}})") == R"({"m":{"k":1},"p":[{"t":"a"},3],"lr":0.1,"none":null})");
  CHECK(merged(R"({"p.0.t": "b"})") == R"({"m":{"depth":50,"n":1},"p":[{"t":"b"},3],"lr":0.1,"none":null})");
  CHECK(merged(R"({"lr": {"tuple": [1]}})") ==
        R"({"m":{"depth":50,"n":1},"p":[{"t":"a"},3],"lr":{"tuple":[1]},"none":null})");
  for (const char* bad : {R"({"p.2.t": 1})", R"({"p.x": 1})", R"({"p.1": 5})", R"({"p.1.t": 5})", R"({"lr.x": 1})",
                          R"({"none.x": 1})", R"({"a": 1, "a.b": 2})", R"({"p.99999999999999999999": {}})"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(merged(bad), vs::DataError);
  }
}
