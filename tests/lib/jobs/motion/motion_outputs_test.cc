#include "lib/jobs/motion/motion_outputs.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/motion/motion_places.h"
#include "tests/support/scratch.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

/// As test::Scratch, with the name of this file's.
class Scratch : public test::Scratch {
 public:
  Scratch() : test::Scratch("vs-motion-outputs") {}
};

store::VideoMotion video(const std::string& id, std::vector<double> motion) {
  store::VideoMotion result;
  result.video_id = id;
  result.num_frames = static_cast<int64_t>(motion.size()) + 1;
  result.motion = std::move(motion);
  return result;
}

const std::vector<store::Item> kItems{{"c/a.1", "c/a.1.mp4"}, {"b", "b.mp4"}, {"d", "d.mp4"}};
const nlohmann::ordered_json kKey{{"tool", "test"}};

TEST_CASE("JSON: names by either rule, a collision is an error") {
  const Scratch scratch;
  const auto both = [](const VisitMotion& visit) {
    visit(video("c/a.1", {0.5}));
    visit(video("a.2", {}));
  };
  write_motion_json(scratch / "m.json", motion::NameRule::kExtension, both);
  CHECK(read_file(scratch / "m.json") == "{\"c/a.1\": [0.5], \"a.2\": []}");
  CHECK_THROWS_WITH_AS(write_motion_json(scratch / "n.json", motion::NameRule::kFirstDot, both),
                       doctest::Contains("two videos get the name \"a\""), UsageError);
  CHECK(!fs::exists(scratch / "n.json"));
  write_motion_json(scratch / "o.json", motion::NameRule::kFirstDot,
                    [](const VisitMotion& visit) { visit(video("c/a.1", {0.5})); });
  CHECK(read_file(scratch / "o.json") == "{\"a\": [0.5]}");
}

TEST_CASE("a run that was killed goes on after its last whole item; HDF5 and JSON hold the same") {
  const Scratch scratch;
  MotionOptions options;
  options.output = scratch / "m.json";
  {
    MotionJournal journal(journal_path(options), kKey, false);
    journal.before(kItems);
    journal.add({&kItems[0], 0, std::nullopt}, video("c/a.1", {0.25, 1}));
    journal.fail({&kItems[1], 1, std::nullopt}, "broken");
  }  // as if killed
  CHECK(!fs::exists(scratch / "m.json"));
  CHECK_THROWS_AS(MotionJournal(journal_path(options), {{"tool", "other"}}, false), UsageError);
  MotionJournal journal(journal_path(options), kKey, false);
  CHECK(journal.first() == 2);
  const auto before = journal.before(kItems);
  CHECK(before.counts.done == 1);
  CHECK(before.failures.size() == 1);
  journal.add({&kItems[2], 2, std::nullopt}, video("d", {}));
  const auto as_they_are = [](store::VideoMotion&) {};
  write_motion_file(options, journal, {}, kKey, {}, as_they_are);
  CHECK(read_file(scratch / "m.json") == "{\"c/a.1\": [0.25, 1.0], \"d\": []}");
  std::vector<std::string> ids;
  journal.for_each([&](const store::Item& item, const store::VideoMotion& v) {
    CHECK(item.id == v.video_id);
    ids.push_back(v.video_id);
  });
  CHECK(ids == std::vector<std::string>{"c/a.1", "d"});
  options.output = scratch / "m.h5";
  store::MotionInfo info;
  info.method = "ssim";
  const auto doubled = [](store::VideoMotion& v) {
    for (double& value : v.motion) value *= 2;
  };
  write_motion_file(options, journal, info, kKey, nlohmann::ordered_json::object(), doubled);
  const store::MotionFile file(options.output);
  REQUIRE(file.num_videos() == 2);
  CHECK(file.video(0).motion == std::vector<double>{0.5, 2});
  CHECK(file.video(1).num_frames == 1);
  journal.close();
  CHECK(std::distance(fs::directory_iterator(scratch / ""), fs::directory_iterator()) == 2);
}

TEST_CASE("nothing is kept where nothing is written") {
  CHECK(journal_path({}).empty());
  MotionJournal journal("", kKey, false);
  CHECK(journal.first() == 0);
  journal.before(kItems);
  journal.add({&kItems[0], 0, std::nullopt}, video("x", {1}));
  journal.for_each([](const store::Item&, const store::VideoMotion&) { FAIL("nothing was kept"); });
}

}  // namespace
}  // namespace vs::jobs
