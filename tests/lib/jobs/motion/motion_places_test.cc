#include "lib/jobs/motion/motion_places.h"

#include <doctest/doctest.h>
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
  Scratch() : test::Scratch("vs-motion-places") {}
  void touch(const std::string& file) const { test::Scratch::touch(file, "x"); }
};

MotionOptions flow_into(const std::string& folder) {
  MotionOptions options;
  options.flow_images = folder;
  options.output = folder + "/motion.h5";
  return options;
}

TEST_CASE("flow images never replace what is read, not even with --force") {
  const Scratch scratch;
  scratch.touch("frames/a/img_00001.jpg");
  scratch.touch("deep/a/b/img_00001.jpg");
  MotionOptions options = flow_into(scratch / "frames");
  for (const bool force : {false, true}) {
    options.force = force;
    CHECK_THROWS_AS(check_places(options, {{"a", scratch / "frames/a"}}, {}), UsageError);
    CHECK_THROWS_AS(check_places(options, {{"a", scratch / "frames/../frames/a/"}}, {}), UsageError);
    // Below an input, above one, above another file that is read.
    CHECK_THROWS_AS(check_places(options, {{"a/x", scratch / "frames/a"}}, {}), UsageError);
    CHECK_THROWS_AS(check_places(flow_into(scratch / "deep"), {{"a", scratch / "deep/a/b"}}, {}), UsageError);
    CHECK_THROWS_AS(check_places(options, {{"a", "v.mp4"}}, {scratch / "frames/a/list.txt"}), UsageError);
  }
  fs::create_directory_symlink(scratch / "frames", scratch / "link");
  CHECK_THROWS_AS(check_places(flow_into(scratch / "link"), {{"a", scratch / "frames/a"}}, {}), UsageError);
  CHECK(fs::exists(scratch / "frames/a/img_00001.jpg"));
}

TEST_CASE("folders that exist are refused unless forced or of a killed run") {
  const Scratch scratch;
  scratch.touch("flow/a/old.jpg");
  MotionOptions options = flow_into(scratch / "flow");
  const std::vector<store::Item> items{{"a", "v/a.mp4"}, {"b", "v/b.mp4"}};
  CHECK_THROWS_WITH_AS(check_places(options, items, {}), doctest::Contains("another folder"), UsageError);
  CHECK_NOTHROW(check_places(options, {items[1]}, {}));
  options.force = true;
  CHECK_NOTHROW(check_places(options, items, {}));
  options.force = false;
  std::ofstream(journal_path(options)) << "x";
  CHECK_NOTHROW(check_places(options, items, {}));
}

TEST_CASE("folders of videos lie beside each other, files outside of them") {
  const Scratch scratch;
  const MotionOptions options = flow_into(scratch / "flow");
  CHECK_THROWS_AS(check_places(options, {{"a", "a.mp4"}, {"a/b", "a/b.mp4"}}, {}), UsageError);
  CHECK_THROWS_AS(check_places(options, {{"../a", "p.h5"}}, {}), UsageError);
  CHECK_THROWS_AS(check_places(options, {{"motion.h5", "motion.h5.mp4"}}, {}), UsageError);
  CHECK_NOTHROW(check_places(options, {{"a", "a.mp4"}, {"a.b", "a.b.mp4"}}, {}));
}

TEST_CASE("videos whose folder would be a file of the run, and names too long, are bad items") {
  const Scratch scratch;
  MotionOptions options = flow_into(scratch / "flow");
  options.output = scratch / "x/../flow/./motion.h5";
  const auto items = items_with_places(options, {{"motion.h5", "motion.h5.mp4"},
                                                 {"motion.h5.manifest.json", "m.mp4"},
                                                 {std::string(250, 'n'), "n.mp4"},
                                                 {"a/motion.h5", "a.mp4"}});
  for (const int i : {0, 1, 2}) CHECK_FALSE(items[static_cast<size_t>(i)].fault.empty());
  CHECK(items[3].fault.empty());
  CHECK_NOTHROW(check_places(flow_into(scratch / "flow"), items, {}));
  options.flow_images.clear();
  CHECK(items_with_places(options, {{"motion.h5", "motion.h5.mp4"}}).front().fault.empty());
}

TEST_CASE("files that exist are refused unless forced or of a killed run") {
  const Scratch scratch;
  MotionOptions options;
  options.make_plan = true;
  options.output = scratch / "plan.json";
  options.plot = scratch / "plot.svg";
  CHECK_NOTHROW(check_places(options, {}, {}));
  scratch.touch("plot.svg");
  CHECK_THROWS_WITH_AS(check_places(options, {}, {}), doctest::Contains("plot.svg: exists"), UsageError);
  std::ofstream(journal_path(options)) << "x";
  CHECK_NOTHROW(check_places(options, {}, {}));
  options.sheet = scratch / "";  // a folder
  CHECK_THROWS_AS(check_places(options, {}, {}), UsageError);
}

TEST_CASE("the journal lies beside the main file") {
  MotionOptions options;
  CHECK(journal_path(options).empty());
  options.output = "-";
  CHECK(journal_path(options).empty());
  options.plot = "/dev/full";
  CHECK(journal_path(options).empty());
  options.plot = "x/p.svg";
  CHECK(journal_path(options) == "x/.p.svg.partial.values");
  options.make_plan = true;
  options.motion_output = "x/m.h5";
  CHECK(journal_path(options) == "x/.m.h5.partial.values");
  CHECK(output_files(options) == std::vector<std::string>{"x/m.h5", "x/p.svg"});
  options.output = "p.json";
  CHECK(journal_path(options) == ".p.json.partial.values");
  CHECK(output_files(options) == std::vector<std::string>{"p.json", "x/m.h5", "x/p.svg"});
}

}  // namespace
}  // namespace vs::jobs
