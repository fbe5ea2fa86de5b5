#include "lib/jobs/motion/motion_inputs.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

// A folder that goes away.
class Scratch {
 public:
  Scratch() : path_(fs::temp_directory_path() / ("vs-motion-inputs-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  void touch(const std::string& name, const std::string& text = "") const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }

 private:
  fs::path path_;
};

MotionInputs collect(const MotionOptions& options) {
  Log log("test", Verbosity::kQuiet, false);
  return collect_motion_inputs(options, log);
}

TEST_CASE("folders: videos by their suffix, folders of pictures, hidden ones left out, sorted") {
  const Scratch scratch;
  for (const char* name : {"v/b/x.y.mp4", "v/a.MKV", "v/note.txt", "v/.hidden.mp4", "v/.git/c.mp4",
                           "v/frames.1/img_00001.jpg", "v/frames.1/img_00002.jpg", "v/deep/er/1.png"}) {
    scratch.touch(name);
  }
  MotionOptions options;
  options.paths = {scratch / "v"};
  const auto items = collect(options).items;
  REQUIRE(items.size() == 4);
  CHECK(items[0].id == "a");
  CHECK(items[1].id == "b/x.y");
  CHECK(items[2].id == "deep/er");
  CHECK(items[3].id == "frames.1");
  CHECK(items[3].path == scratch / "v/frames.1");
  options.levels = 0;
  CHECK(collect(options).items[1].id == "x.y");
}

TEST_CASE("files, lists, the same path twice; a missing file is an item") {
  const Scratch scratch;
  scratch.touch("list.txt", "x/one.mp4\r\n\nx/two.avi\nx/one.mp4\n");
  MotionOptions options;
  options.paths = {"x/two.avi", "/nowhere/three"};
  options.list = scratch / "list.txt";
  const auto items = collect(options).items;
  REQUIRE(items.size() == 3);
  CHECK(items[0].id == "two");
  CHECK(items[1].id == "three");
  CHECK(items[2].id == "one");
  options.paths = {"y/one.mp4"};
  CHECK_THROWS_AS(collect(options), UsageError);  // two videos named "one"
}

TEST_CASE("annotation files name videos or frame folders") {
  const Scratch scratch;
  scratch.touch("frames.txt", "a/v.1 30 0\nb/v2 12 1\n");
  MotionOptions options;
  options.annotations = scratch / "frames.txt";
  options.annotation_format = "rawframes";
  options.data_prefix = "/data";
  const auto items = collect(options).items;
  REQUIRE(items.size() == 2);
  CHECK(items[0].id == "v.1");
  CHECK(items[0].path == "/data/a/v.1");
  options.annotation_format = "rawframe";
  CHECK_THROWS_WITH_AS(collect(options), doctest::Contains("nearest is rawframes"), UsageError);
}

TEST_CASE("a motion file stands alone") {
  const Scratch scratch;
  scratch.touch("m.json", "{}");
  MotionOptions options;
  options.paths = {scratch / "m.json"};
  CHECK(collect(options).motion_file == scratch / "m.json");
  options.paths.push_back("a.mp4");
  CHECK_THROWS_AS(collect(options), UsageError);
  options.paths = {};
  CHECK_THROWS_AS(collect(options), UsageError);  // nothing at all
  scratch.touch("bad.h5", "not HDF5");
  options.paths = {scratch / "bad.h5"};
  CHECK_THROWS_AS(collect(options), DataError);
}

}  // namespace
}  // namespace vs::jobs
