#include "lib/store/json.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

Json parse(const std::string& text, const JsonLimits& limits = {}) {
  return parse_json(JsonText("a.json", text), limits);
}

std::string failure(const std::string& text, const JsonLimits& limits = {}) {
  return message_of<DataError>([&] { parse(text, limits); });
}

}  // namespace

TEST_CASE("parse_json keeps values and the order of keys") {
  const Json value = parse(R"({"b": [1, -2, 3.5, true, null, "x\u00e9"], "a": {"c": {}, "d": []}})");
  CHECK(json_line(value) == R"({"b": [1, -2, 3.5, true, null, "xé"], "a": {"c": {}, "d": []}})");
  CHECK(parse("\xEF\xBB\xBF[1]") == Json::array({1}));
  CHECK(parse("18446744073709551615").get<uint64_t>() == std::numeric_limits<uint64_t>::max());
  CHECK(parse("0.1").get<double>() == 0.1);
}

TEST_CASE("parse_json names the place of a fault") {
  CHECK(failure("{\"a\": 1,\n \"b\": }").starts_with("a.json:2:7: "));
  CHECK(failure("{\"a\": 1,\n \"b\": }").find("json.exception") == std::string::npos);
  CHECK(failure("").starts_with("a.json:1:1: "));
  CHECK(failure("[1] x").starts_with("a.json:1:5: "));
  CHECK(failure("[NaN]").starts_with("a.json:1:"));
  CHECK(failure("[1e999]").starts_with("a.json:1:"));
  CHECK(failure("[1, /* no */ 2]").starts_with("a.json:1:"));
  CHECK(failure("\"\xff\"").starts_with("a.json:1:"));
  CHECK(failure("\"\x01\"").starts_with("a.json:1:"));
  CHECK(failure("\"" + std::string(100000, 'x')).size() < 400);
}

TEST_CASE("parse_json refuses hostile texts") {
  CHECK(failure(std::string(1000000, '[')).find("nested deeper than 64") != std::string::npos);
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  CHECK(failure(objects).find("nested deeper than 64") != std::string::npos);
  CHECK(failure(std::string(64, '[') + std::string(64, ']')).empty());
  CHECK_FALSE(failure(std::string(65, '[') + std::string(65, ']')).empty());
  CHECK(failure("[1,2,3,4]", {.max_values = 4}).find("more than 4 values") != std::string::npos);
  CHECK(failure("[1,2,3]", {.max_values = 4}).empty());
  CHECK(failure("[1,2,3]", {.max_bytes = 6}).find("larger than 6 bytes") != std::string::npos);
}

TEST_CASE("a repeated key is an error, or the last one counts") {
  CHECK(failure("{\"a\": 1,\n\"a\": 2}") == "a.json:2:3: key \"a\" stands here twice");
  CHECK(failure("[{\"a\": 1}, {\"a\": 2}]").empty());
  CHECK(failure("{\"a\": {\"a\": 2}}").empty());
  CHECK(parse("{\"a\": 1, \"b\": 3, \"a\": {\"x\": 2}}", {.allow_repeated_keys = true}) ==
        Json({{"a", {{"x", 2}}}, {"b", 3}}));
}

TEST_CASE("a large object is read in time that grows with its size only") {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  CHECK(parse(text + "}").size() == 200000);
}

TEST_CASE("places of values and keys") {
  const JsonText text("p.json", "{\n  \"a/b\": [10, {\"c\": \"x,]\", \"d~\": 2}],\n  \"e\": 3\n}\n");
  CHECK(text.place_of_value("") == "p.json:1:1");
  CHECK(text.place_of_value("/a~1b/0") == "p.json:2:11");
  CHECK(text.place_of_value("/a~1b/1/c") == "p.json:2:21");
  CHECK(text.place_of_key("/a~1b/1/d~0") == "p.json:2:28");
  CHECK(text.place_of_value("/e") == "p.json:3:8");
  CHECK(text.place_of_key("/e") == "p.json:3:3");
  CHECK(text.place_of_value("/a~1b/7") == "p.json:2:10");
  CHECK(text.place_of_value("/none") == "p.json:1:1");
  CHECK(text.place_of_value("/e/f") == "p.json:3:8");
}

TEST_CASE("json_document has one form") {
  const Json value = {{"schema", "vs.x/1"},
                      {"list", {1, 2, 3}},
                      {"items", {{{"path", "a"}, {"size", 1}}, {{"path", "b"}, {"size", 2}}}},
                      {"empty", Json::array()},
                      {"deep", {{"inner", {{"a", Json::array({Json::array({1.0})})}}}}}};
  CHECK(json_document(value) == R"({
  "schema": "vs.x/1",
  "list": [1, 2, 3],
  "items": [
    {"path": "a", "size": 1},
    {"path": "b", "size": 2}
  ],
  "empty": [],
  "deep": {
    "inner": {
      "a": [
        [1.0]
      ]
    }
  }
}
)");
  CHECK(parse(json_document(value)) == value);
}

TEST_CASE("numbers that are not finite and text that is not UTF-8 are not written") {
  CHECK_THROWS_AS(json_document(Json({{"a", std::nan("")}})), std::logic_error);
  CHECK_THROWS_AS(json_line(Json::array({std::numeric_limits<double>::infinity()})), std::logic_error);
  CHECK_THROWS_AS(json_document(Json("\xff")), std::logic_error);
  CHECK(utf8_or_replaced("a\xffz") == "a\xEF\xBF\xBDz");
  CHECK(utf8_or_replaced("häß") == "häß");
}

TEST_CASE("write_json keeps the file if nothing changes") {
  const TemporaryFolder folder;
  const std::string path = folder / "d.json";
  write_json(path, {{"a", 1}});
  CHECK(read_file(path) == "{\"a\": 1}\n");
  struct stat before {
  }, after{};
  ::stat(path.c_str(), &before);
  write_json(path, {{"a", 1}});
  ::stat(path.c_str(), &after);
  CHECK(before.st_ino == after.st_ino);
  CHECK(read_json(path) == Json({{"a", 1}}));
  CHECK_FALSE(message_of<DataError>([&] { read_json(folder / "none.json"); }).empty());
}

TEST_CASE("schema numbers") {
  const auto check = [](const Json& document) {
    return message_of<DataError>([&] { check_schema_number(document, "vs.plan", 2); });
  };
  CHECK(check({{"schema", "vs.plan/1"}}).empty());
  CHECK(check({{"schema", "vs.plan/2"}}).empty());
  CHECK(check({{"schema", "vs.plan/3"}}).find("newer") != std::string::npos);
  CHECK(check({{"schema", "vs.plan/0"}}).find("expected \"vs.plan/2\"") != std::string::npos);
  CHECK_FALSE(check({{"schema", "vs.motion/1"}}).empty());
  CHECK_FALSE(check({{"schema", "vs.plan"}}).empty());
  CHECK_FALSE(check({{"schema", 1}}).empty());
  CHECK_FALSE(check(Json::object()).empty());
  CHECK_FALSE(check(Json::array()).empty());
}

TEST_CASE("a document is checked against its schema with places") {
  const std::string good =
      R"({"schema": "vs.plan/1", "rule": "mg-test", "parameters": {"num_segments": 8}, "seed": null,
 "videos": [{"id": "a", "path": "a.mp4", "total_frames": 9, "frame_index": [[0, 8]]}]})";
  const auto check = [](std::string text) {
    const JsonText document("p.json", std::move(text));
    return message_of<DataError>([&] { validate_json(parse_json(document), "plan", &document); });
  };
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK(check(good).empty());
  CHECK(check(replaced("\"total_frames\"", "\"total_frame\"")) ==
        "p.json:2:42: key \"total_frame\" unknown, nearest is \"total_frames\"");
  CHECK(check(replaced("\"rule\"", "\"xyzzyxyzzy\"")).find("known are parameters, rule") != std::string::npos);
  CHECK(check(replaced("[0, 8]", "[0, -8]")).starts_with("p.json:2:81: videos.0.frame_index.0.1: "));
  CHECK(check(replaced("[0, 8]", "[0, 8.5]")).starts_with("p.json:2:81: videos.0.frame_index.0.1: "));
  CHECK(check(replaced("[0, 8]", "[0, 1e300]")).starts_with("p.json:2:81: "));
  CHECK(check(replaced("\"seed\": null,", "")).starts_with("p.json:1:1: "));
}

TEST_CASE("merge patches follow RFC 7386") {
  Json target = parse(R"({"a": "b", "c": {"d": "e", "f": "g"}, "l": [1, 2]})");
  merge_json(target, parse(R"({"a": "z", "c": {"f": null}, "l": [3], "n": {"m": 1}})"));
  CHECK(json_line(target) == R"({"a": "z", "c": {"d": "e"}, "l": [3], "n": {"m": 1}})");
}

TEST_CASE("--set changes one value") {
  Json document = parse(R"({"model": {"depth": 50, "name": "tsm"}, "steps": [20, 40], "rate": 0.1})");
  set_json_value(document, "model.depth=101");
  set_json_value(document, "model.name=slowonly");
  set_json_value(document, "steps.1=80");
  set_json_value(document, "rate=[1, 2]");
  CHECK(json_line(document) == R"({"model": {"depth": 101, "name": "slowonly"}, "steps": [20, 80], "rate": [1, 2]})");
  set_json_value(document, "model.name=a=b");
  CHECK(document["model"]["name"] == "a=b");
  set_json_value(document, "model.name=\"7\"");
  CHECK(document["model"]["name"] == "7");
  set_json_value(document, "model.name=");
  CHECK(document["model"]["name"] == "");
  set_json_value(document, "rate=nan");
  CHECK(document["rate"] == "nan");
}

TEST_CASE("--set refuses what is not there") {
  Json document = parse(R"({"model": {"depth": 50}, "steps": [20]})");
  const auto set = [&](const std::string& text) {
    return message_of<UsageError>([&] { set_json_value(document, text); });
  };
  CHECK(set("model.dept=1") == "--set model.dept=1: key \"dept\" unknown, nearest is \"depth\"");
  CHECK(set("zzzzz=1") == "--set zzzzz=1: key \"zzzzz\" unknown (known are model, steps)");
  CHECK(set("steps={\"a\": 1, \"a\": 2}").find("stands here twice") != std::string::npos);
  CHECK_FALSE(set("model.depth.x=1").empty());
  CHECK_FALSE(set("steps.1=1").empty());
  CHECK_FALSE(set("steps.x=1").empty());
  CHECK_FALSE(set("steps.-1=1").empty());
  CHECK_FALSE(set("model").empty());
  CHECK_FALSE(set("=1").empty());
  CHECK(json_line(document) == R"({"model": {"depth": 50}, "steps": [20]})");
}
