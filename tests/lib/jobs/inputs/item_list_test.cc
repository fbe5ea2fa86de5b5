#include "lib/jobs/inputs/item_list.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "tests/support/scratch.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

/// As test::Scratch, with the name of this file's.
class Scratch : public test::Scratch {
 public:
  Scratch() : test::Scratch("vs-item-list") {}
};

constexpr InputFilter kEverything{.frame_folders = true, .packs = true, .motion_file = true};

ItemList collect(const InputOptions& options, const InputFilter& filter = kEverything) {
  Log log("test", Verbosity::kQuiet, false);
  return collect_item_list(options, filter, log);
}

TEST_CASE("names of files") {
  CHECK(is_hdf5_name("a.h5"));
  CHECK(is_hdf5_name("a.hdf5"));
  CHECK(!is_hdf5_name("a.h5.json"));
  CHECK(is_json_name("a.json"));
  CHECK(!is_json_name("json"));
}

TEST_CASE("ids are names, of files without the last suffix, with as many folders as asked for") {
  CHECK(item_id("a/b/c.d.mp4", false, 0) == "c.d");
  CHECK(item_id("a/b/c.d", true, 0) == "c.d");
  CHECK(item_id("a/b/c.d/", true, 0) == "c.d");
  CHECK(item_id("a/b/c.d.mp4", false, 1) == "b/c.d");
  CHECK(item_id("a/b/c.mp4", false, 9) == "a/b/c");
  CHECK(item_id("/a/c.mp4", false, 9) == "a/c");
  CHECK(item_id("../x/c.mp4", false, 9) == "x/c");
  CHECK(item_id("../../c.mp4", false, 2) == "c");
  CHECK(item_id("./x/../c.mp4", false, 1) == "c");
  CHECK(item_id("noext", false, 0) == "noext");
  CHECK(item_id(".", true, 0) == fs::current_path().filename().string());
  CHECK(item_id("x/..", true, 0) == fs::current_path().filename().string());
}

TEST_CASE("ids that keep the suffix") {
  CHECK(item_id("a/b/c.d.mp4", false, 1, NameSource::kFile) == "b/c.d.mp4");
  CHECK(item_id("a/b/c.d/", true, 0, NameSource::kFile) == "c.d");
  const Scratch scratch;
  scratch.touch("v/a.mp4");
  scratch.touch("v/a.avi");
  InputOptions options;
  options.paths = {scratch / "v"};
  CHECK_THROWS_WITH_AS(collect(options), doctest::Contains("--names file keeps the suffix"), UsageError);
  options.names = NameSource::kFile;
  const auto items = collect(options).items;
  REQUIRE(items.size() == 2);
  CHECK(items[0].id == "a.avi");
  CHECK(items[1].id == "a.mp4");
}

TEST_CASE("names that are not UTF-8 are faults of their items, found and listed alike") {
  const Scratch scratch;
  // Both would be the same once written as UTF-8.
  scratch.touch("v/a\xe9.mp4");
  scratch.touch("v/a\xea.mp4");
  scratch.touch("v/a\xc3\xa9.mp4");
  scratch.touch("v/k\xe9/b.mp4");
  scratch.touch("list.txt", "nowhere/c\xe9.mp4\n");
  InputOptions options;
  options.paths = {scratch / "v"};
  options.list = scratch / "list.txt";
  const auto items = collect(options).items;
  REQUIRE(items.size() == 5);
  CHECK(items[0].id == "a\xc3\xa9");
  CHECK(items[0].fault.empty());
  for (const size_t i : {1, 2, 4}) {
    CHECK(items[i].fault == "file name is not UTF-8; rename it (convmv -f latin1 -t utf8)");
  }
  CHECK(items[3].fault.starts_with("the name of a folder above it is not UTF-8"));
}

TEST_CASE("folders: videos by their suffix, folders of pictures, hidden ones left out, sorted") {
  const Scratch scratch;
  for (const char* name : {"v/b/x.y.mp4", "v/a.MKV", "v/note.txt", "v/.hidden.mp4", "v/.git/c.mp4",
                           "v/frames.1/img_00001.jpg", "v/frames.1/img_00002.jpg", "v/deep/er/1.png"}) {
    scratch.touch(name);
  }
  InputOptions options;
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

TEST_CASE("without frame folders only videos are found") {
  const Scratch scratch;
  for (const char* name : {"v/b.mp4", "v/frames/img_00001.jpg", "m.json", "p.h5"}) scratch.touch(name);
  InputOptions options;
  options.paths = {scratch / "v", scratch / "m.json", scratch / "p.h5"};
  const auto items = collect(options, {}).items;
  REQUIRE(items.size() == 3);
  CHECK(items[0].id == "b");
  CHECK(items[1].id == "m");  // to this program a file like any other
  CHECK(items[2].path == scratch / "p.h5");
}

TEST_CASE("links: to folders they are followed, not in circles; to nothing they are items; pipes are left out") {
  const Scratch scratch;
  scratch.touch("all/a.mp4");
  scratch.touch("all/frames/1.png");
  fs::create_directories(scratch / "v");
  fs::create_directory_symlink(scratch / "all", scratch / "v/class");
  fs::create_directory_symlink(scratch / "v", scratch / "all/back");
  fs::create_symlink(scratch / "nothing", scratch / "v/gone.mp4");
  REQUIRE(::mkfifo((scratch / "v/pipe.mp4").c_str(), 0600) == 0);
  InputOptions options;
  options.paths = {scratch / "v"};
  const auto items = collect(options).items;
  REQUIRE(items.size() == 3);
  CHECK(items[0].id == "class/a");
  CHECK(items[1].id == "class/frames");
  CHECK(items[1].path == scratch / "v/class/frames");
  CHECK(items[2].id == "gone");
}

TEST_CASE("files that are read beside the items") {
  const Scratch scratch;
  scratch.touch("list.txt", "x/one.mp4\n");
  InputOptions options;
  options.list = scratch / "list.txt";
  CHECK(side_inputs(options, collect(options)) == std::vector<std::string>{options.list});
  scratch.touch("m.json", "{}");
  InputOptions file;
  file.paths = {scratch / "m.json"};
  CHECK(side_inputs(file, collect(file)) == file.paths);
  options.list = "-";
  CHECK(side_inputs(options, {}).empty());
}

TEST_CASE("files, lists, the same path twice; a missing file is an item of a list, not of the command line") {
  const Scratch scratch;
  scratch.touch("list.txt", "/nowhere/three\nx/one.mp4\r\n\n" + (scratch / "two.avi") + "\nx/one.mp4\n");
  scratch.touch("two.avi");
  scratch.touch("y/one.mp4");
  InputOptions options;
  options.paths = {scratch / "two.avi"};
  options.list = scratch / "list.txt";
  const auto items = collect(options).items;
  REQUIRE(items.size() == 3);
  CHECK(items[0].id == "two");
  CHECK(items[1].id == "three");
  CHECK(items[2].id == "one");
  options.paths = {scratch / "y/one.mp4"};
  CHECK_THROWS_AS(collect(options), UsageError);  // two videos named "one"
  options.list.clear();
  options.paths = {"/nowhere/three"};
  CHECK_THROWS_AS(collect(options), UsageError);
}

TEST_CASE("annotation files name videos or frame folders") {
  const Scratch scratch;
  scratch.touch("frames.txt", "a/v.1 30 0\nb/v2 12 1\n");
  InputOptions options;
  options.annotations = scratch / "frames.txt";
  options.annotation_format = "rawframes";
  options.data_prefix = "/data";
  const auto items = collect(options).items;
  REQUIRE(items.size() == 2);
  CHECK(items[0].id == "v.1");
  CHECK(items[0].path == "/data/a/v.1");
  CHECK_THROWS_WITH_AS(collect(options, {}), doctest::Contains("which names no video files"), UsageError);
  options.annotation_format = "rawframe";
  CHECK_THROWS_WITH_AS(collect(options), doctest::Contains("nearest is rawframes"), UsageError);
  scratch.touch("bad.txt", "a/v.1 30 zero\nb/v2 12 one\n");
  options.annotations = scratch / "bad.txt";
  options.annotation_format = "rawframes";
  try {
    collect(options);
    FAIL("a bad annotation file is accepted");
  } catch (const UsageError& error) {
    const std::string text = error.what();
    CHECK(text.starts_with("--annotations " + options.annotations + ":1"));
    CHECK(text.find("\n  " + options.annotations + ":2") != std::string::npos);
  }
}

TEST_CASE("a motion file stands alone") {
  const Scratch scratch;
  scratch.touch("m.json", "{}");
  InputOptions options;
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
