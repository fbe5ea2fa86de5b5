#include "lib/jobs/extract/inputs.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

struct Scratch {
  std::string path = (fs::temp_directory_path() / ("vs_inputs_" + std::to_string(::getpid()))).string();
  Scratch() {
    fs::remove_all(path);
    fs::create_directories(path + "/run");
  }
  ~Scratch() { fs::remove_all(path); }
};

Log quiet_log() { return {"test", Verbosity::kQuiet, false}; }

}  // namespace

TEST_CASE("folders are searched, sorted, and keep the folders between") {
  Scratch scratch;
  for (const char* name : {"b.mp4", "a.MKV", "run/c.webm", "run/.hidden.mp4", "notes.txt"}) {
    std::ofstream(scratch.path + "/" + name) << "x";
  }
  ExtractOptions options;
  options.paths = {scratch.path, scratch.path + "/b.mp4"};
  Log log = quiet_log();
  auto items = collect_items(options, log);
  REQUIRE(items.size() == 3);
  CHECK(items[0].id == "a");
  CHECK(items[1].id == "b");
  CHECK(items[2].id == "run/c");
  options.paths = {scratch.path, "missing.mp4"};
  CHECK_THROWS_AS(collect_items(options, log), UsageError);
  options.paths = {scratch.path, scratch.path + "/b.mp4"};
  options.levels = 0;
  CHECK(collect_items(options, log)[2].id == "c");
  options.paths = {scratch.path + "/run", scratch.path + "/b.mp4"};
  std::ofstream(scratch.path + "/run/b.avi") << "x";
  CHECK_THROWS_AS(collect_items(options, log), UsageError);
}

TEST_CASE("lists name one path a line") {
  Scratch scratch;
  std::ofstream(scratch.path + "/list.txt") << "x/one.mp4\r\n\n  \nx/two three.mp4\nx/one.mp4";
  ExtractOptions options;
  options.list = scratch.path + "/list.txt";
  Log log = quiet_log();
  const auto items = collect_items(options, log);
  REQUIRE(items.size() == 2);
  CHECK(items[0].id == "one");
  CHECK(items[1].path == "x/two three.mp4");
  options.list = scratch.path + "/run";
  CHECK_THROWS_WITH_AS(collect_items(options, log), doctest::Contains("--list "), UsageError);
  std::ofstream(scratch.path + "/empty.txt") << "\n";
  options.list = scratch.path + "/empty.txt";
  CHECK_THROWS_AS(collect_items(options, log), UsageError);
}

}  // namespace vs::jobs
