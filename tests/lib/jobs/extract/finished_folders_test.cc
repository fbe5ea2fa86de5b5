#include "lib/jobs/extract/finished_folders.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "tests/support/scratch.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;
using store::Item;
using store::Json;

store::Manifest manifest_of(int quality, const std::vector<std::string>& inputs) {
  const Json parameters{{"quality", quality}, {"list", "l.txt"}};
  store::Manifest manifest("vs-extract", {"vs-extract"}, parameters, parameters);
  for (const auto& input : inputs) manifest.add_input(input);
  return manifest;
}

/// An output with finished folders "a" and "c", a failed "bad" between them, and the list that named them.
class Output {
 public:
  Output() : scratch_("vs-finished-folders") {
    for (const char* name : {"v/l.txt", "v/a.mp4", "v/bad.mp4", "v/c.mp4", "v/d.mp4"}) scratch_.touch(name, name);
    for (const char* name : {"out/a/1.jpg", "out/c/1.jpg"}) scratch_.touch(name, name);
    options.output = scratch_ / "out";
    manifest = options.output + "/manifest.json";
    auto made = manifest_of(95, {path("l.txt"), path("a.mp4"), path("bad.mp4"), path("c.mp4")});
    made.add_output(options.output + "/a");
    made.add_output(options.output + "/c");
    made.set_outcome({2, 0, 1}, {{"bad", path("bad.mp4"), "is bad"}});
    made.write(manifest);
  }

  std::string path(const std::string& name) const { return scratch_ / ("v/" + name); }
  Item item(const std::string& id) const { return {id, path(id + ".mp4")}; }
  FinishedFolders look(const std::vector<Item>& items, int quality = 95) const {
    return {options, manifest, store::options_key(manifest_of(quality, {})), items};
  }
  void touch(const std::string& name, const std::string& text) const { scratch_.touch(name, text); }

  ExtractOptions options;
  std::string manifest;

 private:
  test::Scratch scratch_;
};

std::vector<std::string> names(const Json& records) {
  std::vector<std::string> found;
  for (const auto& record : records) found.push_back(fs::path(record.at("path").get<std::string>()).filename());
  return found;
}

using Names = std::vector<std::string>;

TEST_CASE("finished folders are held by their items, however these are spelt") {
  const Output output;
  Item spelt = output.item("c");
  spelt.path = fs::proximate(output.path("../v/./c.mp4")).string();
  const std::vector<Item> items{output.item("a"), output.item("bad"), spelt, output.item("d")};
  const FinishedFolders finished = output.look(items);
  CHECK(finished.any());
  CHECK(finished.num_held() == 2);
  CHECK(finished.missing(items) == std::vector<Item>{items[1], items[3]});
  // Another name of the same file, and the same content elsewhere.
  fs::rename(output.path("a.mp4"), output.path("moved.mp4"));
  CHECK(output.look({{"a", output.path("moved.mp4")}}).num_held() == 1);
  fs::remove_all(output.options.output + "/a");
  CHECK(output.look({{"a", output.path("moved.mp4")}}).num_held() == 0);
}

TEST_CASE("other options, other videos and changed ones are refused") {
  const Output output;
  const auto look = [&](const std::vector<Item>& items, int quality) { (void)output.look(items, quality); };
  CHECK_THROWS_WITH_AS(look({output.item("d")}, 50), doctest::Contains("parameters.quality was 95, is 50"), UsageError);
  CHECK_THROWS_WITH_AS(look({{"a", output.path("d.mp4")}}, 95), doctest::Contains("has the same name \"a\""),
                       UsageError);
  output.touch("v/a.mp4", "v/x.mp4");
  fs::last_write_time(output.path("a.mp4"), fs::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK_THROWS_WITH_AS(look({output.item("a")}, 95), doctest::Contains("has changed since"), UsageError);
  CHECK_NOTHROW(look({output.item("d")}, 95));
  output.touch("out/manifest.json", "{}");
  CHECK_THROWS_WITH_AS(look({output.item("d")}, 95), doctest::Contains("cannot be added to"), UsageError);
  fs::remove(output.manifest);
  CHECK_FALSE(output.look({output.item("a")}).any());
}

TEST_CASE("nothing is finished where all is to be made anew") {
  Output output;
  output.options.force = true;
  const FinishedFolders finished = output.look({output.item("a")}, 50);
  CHECK_FALSE(finished.any());
  CHECK_FALSE(finished.holds(output.item("a")));
}

TEST_CASE("the manifest of a run that adds names everything") {
  const Output output;
  Log log("test", Verbosity::kQuiet, false);
  const auto add = [&](const std::vector<Item>& items, const Names& inputs, const std::string& made,
                       std::vector<store::Failure> failures) {
    std::vector<std::string> paths;
    for (const auto& name : inputs) paths.push_back(output.path(name));
    auto manifest = manifest_of(95, paths);
    output.touch("out/" + made + "/1.jpg", made);
    manifest.add_output(output.options.output + "/" + made);
    manifest.set_outcome({1, 0, 0}, std::move(failures));
    Json document = manifest.document(output.options.output);
    output.look(items).add_to(document, items, log);
    store::validate_json(document, "manifest");
    return document;
  };
  const Json one = add({output.item("d")}, {"l.txt", "d.mp4"}, "d", {});
  CHECK(names(one["outputs"]) == Names{"a", "c", "d"});
  CHECK(names(one["inputs"]) == Names{"l.txt", "bad.mp4", "a.mp4", "c.mp4", "d.mp4"});
  CHECK(names(one["failures"]) == Names{"bad.mp4"});
  CHECK(one["counts"] == Json({{"done", 1}, {"skipped", 2}, {"failed", 1}}));
  // It can be added to itself.
  store::write_document(output.manifest, "manifest", one);
  CHECK(output.look({output.item("a"), output.item("d")}).num_held() == 2);
  // Repaired; another one fails; a folder is gone.
  fs::remove_all(output.options.output + "/a");
  output.touch("v/e.mp4", "e");
  const Json two = add({output.item("bad"), output.item("e")}, {"bad.mp4", "e.mp4"}, "bad",
                       {{"e", output.path("e.mp4"), "is bad, too"}});
  CHECK(names(two["outputs"]) == Names{"c", "d", "bad"});
  CHECK(names(two["inputs"]) == Names{"l.txt", "e.mp4", "c.mp4", "d.mp4", "bad.mp4"});
  CHECK(names(two["failures"]) == Names{"e.mp4"});
  CHECK(two["counts"] == Json({{"done", 1}, {"skipped", 2}, {"failed", 1}}));
}

}  // namespace
}  // namespace vs::jobs
