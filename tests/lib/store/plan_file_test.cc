#include "lib/store/plan_file.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

TEST_CASE("a plan is written and read back") {
  const TemporaryFolder folder;
  SamplingPlan plan;
  plan.rule = "mg-train";
  plan.seed = 18446744073709551615ULL;
  plan.parameters = {{"num_segments", "4"}, {"exponent", "0.5"}, {"mode", "\"random\""}};
  plan.videos.push_back({"a", folder / "videos/a.mp4", 300, {{0, 10, 10, 299}, {5, 4, 3, 2}}});
  plan.videos.push_back({"b", "/abs/b.mp4", 1, {{0, 0, 0, 0}}});
  plan.videos.push_back({"c", "/abs/c.mp4", 7, {}});
  write_plan(folder / "p.json", plan);
  CHECK(read_plan(folder / "p.json") == plan);
  plan.seed.reset();
  plan.videos.clear();
  write_plan(folder / "p.json", plan);
  CHECK(read_plan(folder / "p.json") == plan);
  CHECK(read_file(folder / "p.json") ==
        R"({
  "schema": "vs.plan/1",
  "rule": "mg-train",
  "parameters": {"num_segments": 4, "exponent": 0.5, "mode": "random"},
  "seed": null,
  "videos": []
}
)");
}

TEST_CASE("a plan that cannot be carried out is refused with its place") {
  const TemporaryFolder folder;
  const std::string path = folder / "p.json";
  const auto read = [&](const std::string& videos) {
    write_file_atomically(
        path, "{\"schema\": \"vs.plan/1\", \"rule\": \"x\", \"parameters\": {}, \"seed\": null,\n\"videos\": [" +
                  videos + "]}");
    const std::string words = message_of<DataError>([&] { read_plan(path); });
    return words.starts_with(path) ? words.substr(path.size()) : words;
  };
  const auto video = [](const std::string& frames, const std::string& indices) {
    return "\n{\"id\": \"a\", \"path\": \"a\", \"total_frames\": " + frames + ", \"frame_index\": " + indices + "}";
  };
  CHECK(read(video("9", "[[0, 8]]")).empty());
  CHECK(read(video("9", "[[0, 9]]")) == ":3:65: frame 9 of \"a\", which has 9");
  CHECK(read(video("9", "[[0, 18446744073709551615]]")).starts_with(":3:65: "));
  CHECK(read(video("9", "[[0, -1]]")).starts_with(":3:65: "));
  CHECK(read(video("9", "[[0, 1.0]]")).starts_with(":3:65: "));
  CHECK(read(video("9", "[0]")).starts_with(":3:61: "));
  CHECK(read(video("0", "[]")).starts_with(":3:42: "));
  CHECK(read(video("9223372036854775808", "[]")).starts_with(":3:42: "));
  CHECK(read(video("9", "[]") + "," + video("9", "[]")) == ":4:8: video \"a\" stands there twice");
  write_file_atomically(path, R"({"schema": "vs.plan/1", "rule": "x", "parameters": {}, "seed": -1, "videos": []})");
  CHECK(message_of<DataError>([&] { read_plan(path); }) == path + ":1:64: is negative");
  CHECK(read("7").starts_with(":2:12: "));
}
